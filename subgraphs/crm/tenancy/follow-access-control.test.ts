import { nextSince } from './follow-access-control';

const NEWEST = Date.parse('2026-01-31T08:00:00.000Z');

test.each([
  ['began before the newest change was read', -2_000, '2026-01-31T07:59:43.000Z'],
  ['began as it was read', 0, '2026-01-31T07:59:45.000Z'],
  ['began while older changes may still come', 5_000, '2026-01-31T07:59:50.000Z'],
  ['began when none can come any more', 3_600_000, '2026-01-31T08:00:00.001Z'],
])('after a pass that %s, the next one asks from there', (_, after, since) => {
  expect(nextSince({ time: NEWEST, readAt: 70_000 }, 70_000 + after).toISOString()).toBe(since);
});

test('as long as nothing was read, all tenants are asked for', () => {
  expect(nextSince({ time: 0, readAt: 0 }, 2_000)).toEqual(new Date(0));
});
