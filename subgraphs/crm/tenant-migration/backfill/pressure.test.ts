import { type BackfillKnobs, backfillKnobs } from './knobs';
import { type Pressure, p95, paceOf } from './pressure';

const knobs = Object.fromEntries(
  Object.entries(backfillKnobs).map(([name, rule]) => [name, rule.default]),
) as BackfillKnobs;
const calm: Pressure = { replicationLagMs: null, lockWaits: 0, liveMs: [], vacuumed: [] };
const same = (ms: number) => Array.from({ length: 20 }, () => ms);

test.each<[string, Partial<Pressure>, ReturnType<typeof paceOf>]>([
  ['a calm database', {}, { kind: 'GO', rest: 0 }],
  ['a replica that is a little behind', { replicationLagMs: 2_000 }, { kind: 'GO', rest: 0 }],
  ['a replica that falls behind', { replicationLagMs: 3_000 }, { kind: 'GO', rest: 1 }],
  [
    'a replica that is far behind',
    { replicationLagMs: 6_000 },
    { kind: 'HOLD', why: 'a replica is behind by 6000 ms (limit 5000 ms)' },
  ],
  ['two that wait for locks', { lockWaits: 2 }, { kind: 'GO', rest: 1 }],
  [
    'many that wait for locks',
    { lockWaits: 4 },
    { kind: 'HOLD', why: 'requests that wait for a lock: 4 (limit 3)' },
  ],
  ['quick statements', { liveMs: same(20) }, { kind: 'GO', rest: 0 }],
  ['slower statements', { liveMs: same(300) }, { kind: 'GO', rest: 1 }],
  [
    'slow statements',
    { liveMs: same(900) },
    { kind: 'HOLD', why: '95 of 100 live statements last up to 900 ms (limit 500 ms)' },
  ],
  ['one slow statement among many', { liveMs: [...same(20), 9_000] }, { kind: 'GO', rest: 0 }],
  ['one slow statement alone', { liveMs: [9_000] }, { kind: 'GO', rest: 0 }],
  ['a table that is vacuumed', { vacuumed: ['lead'] }, { kind: 'GO', rest: 0.5 }],
  ['another table that is vacuumed', { vacuumed: ['customer'] }, { kind: 'GO', rest: 0 }],
])('the pace under %s', (_what, pressure, expected) => {
  expect(paceOf({ ...calm, ...pressure }, knobs, 'lead')).toEqual(expected);
});

test('a limit of none at all holds at the first', () => {
  expect(paceOf({ ...calm, lockWaits: 1 }, { ...knobs, backfillMaxLockWaits: 0 }, 'lead').kind).toBe('HOLD');
  expect(paceOf(calm, { ...knobs, backfillMaxLockWaits: 0 }, 'lead')).toEqual({ kind: 'GO', rest: 0 });
});

test('p95 leaves the slowest twentieth out', () => {
  expect(p95(Array.from({ length: 100 }, (_, index) => index + 1))).toBe(95);
  expect(p95([1, 2, 3, 4])).toBeNull();
});
