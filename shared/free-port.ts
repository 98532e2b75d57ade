import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what Linux (32768 and up) and the IANA (49152 and up) give to outgoing connections. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** Processes that ask at the same time begin at unlike ones, and so hardly meet. */
let last = randomInt(LOWEST, HIGHEST);

/**
 * A port of this machine's loopback that was free a moment ago. No connection that somebody opens
 * meanwhile is given it, as may happen to a port that the system chose, and this process is not
 * given it again soon.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < HIGHEST - LOWEST; tries += 1) {
    const port = last + 1 < HIGHEST ? last + 1 : LOWEST;
    // Whoever asks meanwhile goes on behind it.
    last = port;
    if (await isFree(port)) return port;
  }
  throw new Error(`Every port from ${LOWEST} to ${HIGHEST} is in use.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
