import { type BackfillKnobs, backfillKnobs } from './knobs';
import { type Pressure, p95, paceOf, tablesAtOnce } from './pressure';

const knobs = Object.fromEntries(
  Object.entries(backfillKnobs).map(([name, rule]) => [name, rule.default]),
) as BackfillKnobs;
const calm: Pressure = { replicationLagMs: null, lockWaits: 0, liveMs: [], isInUse: false, vacuumed: [] };
const go = (rest: number, targetMs = 200) => ({ kind: 'GO' as const, rest, targetMs });
const same = (ms: number) => Array.from({ length: 20 }, () => ms);

test.each<[string, Partial<Pressure>, ReturnType<typeof paceOf>]>([
  ['a calm database', {}, go(0)],
  ['a replica that is a little behind', { replicationLagMs: 2_000 }, go(0)],
  ['a replica that falls behind', { replicationLagMs: 3_000 }, go(1)],
  [
    'a replica that is far behind',
    { replicationLagMs: 6_000 },
    { kind: 'HOLD', why: 'a replica is behind by 6000 ms (limit 5000 ms)' },
  ],
  ['two that wait for locks', { lockWaits: 2 }, go(1)],
  [
    'many that wait for locks',
    { lockWaits: 4 },
    { kind: 'HOLD', why: 'requests that wait for a lock: 4 (limit 3)' },
  ],
  ['quick statements', { liveMs: same(20) }, go(0)],
  ['slower statements', { liveMs: same(300) }, go(1)],
  [
    'slow statements',
    { liveMs: same(900) },
    { kind: 'HOLD', why: '95 of 100 live statements last up to 900 ms (limit 500 ms)' },
  ],
  ['one slow statement among many', { liveMs: [...same(20), 9_000] }, go(0)],
  ['one slow statement alone', { liveMs: [9_000] }, go(0)],
  ['a table that is vacuumed', { vacuumed: ['lead'] }, go(0.5)],
  ['another table that is vacuumed', { vacuumed: ['customer'] }, go(0)],
  ['requests', { isInUse: true }, go(1, 50)],
  ['requests beside a vacuum', { isInUse: true, vacuumed: ['lead'] }, go(1, 50)],
])('the pace under %s', (_what, pressure, expected) => {
  expect(paceOf({ ...calm, ...pressure }, knobs, 'lead')).toEqual(expected);
});

test('while requests are answered one table is worked on, and never more than at rest', () => {
  const live = { ...calm, isInUse: true };
  expect([calm, live].map((pressure) => tablesAtOnce(pressure, knobs))).toEqual([2, 1]);
  const turned = { ...knobs, backfillTablesAtOnce: 3, backfillLiveTablesAtOnce: 6 };
  expect([calm, live].map((pressure) => tablesAtOnce(pressure, turned))).toEqual([3, 3]);
});

test('a limit of none at all holds at the first', () => {
  expect(paceOf({ ...calm, lockWaits: 1 }, { ...knobs, backfillMaxLockWaits: 0 }, 'lead').kind).toBe('HOLD');
  expect(paceOf(calm, { ...knobs, backfillMaxLockWaits: 0 }, 'lead')).toEqual(go(0));
});

test('p95 leaves the slowest twentieth out', () => {
  expect(p95(Array.from({ length: 100 }, (_, index) => index + 1))).toBe(95);
  expect(p95([1, 2, 3, 4])).toBeNull();
});
