import { createConsumerGate } from './consumer-gate';

const RULES = { atOnce: 2, firstPauseMs: 1_000, longestPauseMs: 4_000 };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const isLet = (turn: object) => 'end' in turn;

test('as many as may be are let in, and another one when one of them is done', () => {
  const gate = createConsumerGate(RULES);
  const [first, second] = [gate.takeTurn(), gate.takeTurn()];
  expect([first, second].every(isLet)).toBe(true);
  expect(gate.takeTurn()).toEqual({ notForMs: expect.any(Number) });
  if ('end' in first) first.end();
  expect(isLet(gate.takeTurn())).toBe(true);
  expect(isLet(gate.takeTurn())).toBe(false);
});

test('after a failure it is closed, then lets one in alone until the consumer answers', () => {
  const gate = createConsumerGate(RULES);
  const inside = [gate.takeTurn(), gate.takeTurn()];
  // Those who were inside together met one failure.
  gate.failed();
  gate.failed();
  for (const turn of inside) if ('end' in turn) turn.end();
  expect(gate.takeTurn()).toEqual({ notForMs: 1_000 });
  jest.advanceTimersByTime(1_000);
  const probe = gate.takeTurn();
  expect([isLet(probe), isLet(gate.takeTurn())]).toEqual([true, false]);
  gate.answered();
  expect(isLet(gate.takeTurn())).toBe(true);
});

test('pauses double up to the longest, and are as long as the consumer asks for', () => {
  const gate = createConsumerGate(RULES);
  const pauses = [1, 2, 3, 4].map(() => {
    gate.failed();
    const turn = gate.takeTurn();
    const notForMs = 'notForMs' in turn ? turn.notForMs : 0;
    jest.advanceTimersByTime(notForMs);
    return notForMs;
  });
  expect(pauses).toEqual([1_000, 2_000, 4_000, 4_000]);
  gate.failed(60_000);
  expect(gate.takeTurn()).toEqual({ notForMs: 60_000 });
});
