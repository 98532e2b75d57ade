import { isSlug } from './slug';

test.each(['a', '7', 'digiwedge', 'royal-cape-1885', `a${'b'.repeat(62)}`])('%s is a slug', (text) => {
  expect(isSlug(text)).toBe(true);
});

test.each([
  '',
  '-a',
  'a-',
  'Digiwedge',
  'two words',
  'a_b',
  `a${'b'.repeat(63)}`,
  'a\n',
  'fd3c07a1-8038-5e37-beb6-537fda68d644',
])('%j is not a slug', (text) => {
  expect(isSlug(text)).toBe(false);
});
