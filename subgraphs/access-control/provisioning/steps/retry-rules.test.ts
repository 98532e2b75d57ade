import { MAX_ATTEMPTS, pauseMs } from './retry-rules';

test('pauses grow up to half a minute, and are over after two minutes', () => {
  const pauses = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => pauseMs(index + 1));
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});
