import { isDeeperThan } from './nesting';

test.each([
  [undefined, 0, false],
  ['text', 0, false],
  [{}, 0, true],
  [{}, 1, false],
  [{ a: [1, 2] }, 2, false],
  [{ a: [1, { b: 1 }] }, 2, true],
])('%j has more than %i levels: %s', (value, limit, expected) => {
  expect(isDeeperThan(value, limit)).toBe(expected);
});

test('as many levels as a body can have are no danger for the stack', () => {
  expect(isDeeperThan(JSON.parse('['.repeat(128_000) + ']'.repeat(128_000)), 64)).toBe(true);
});
