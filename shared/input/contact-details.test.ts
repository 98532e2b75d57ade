import { normaliseEmail, toE164 } from './contact-details';

test.each([
  ['082 123 4567', '+27821234567'],
  ['+27 82 123 4567', '+27821234567'],
  ['+44 20 7946 0958', '+442079460958'],
  ['tel:+1-202-555-0123', '+12025550123'],
])('%s is stored as %s', (written, stored) => {
  expect(toE164(written)).toBe(stored);
});

test.each(['', 'call me', '12', '+999999999999999999'])(
  '%j stays as it is, for validation to refuse',
  (written) => {
    expect(toE164(written)).toBe(written);
  },
);

test('an e-mail address loses its spaces and capitals', () => {
  expect(normaliseEmail('  Jo.Smit@Example.COM ')).toBe('jo.smit@example.com');
});
