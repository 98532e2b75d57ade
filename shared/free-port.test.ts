import { freePort } from './free-port';

test('those who ask at once get a port each', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(new Set(ports).size).toBe(20);
});
