import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';

/** Milliseconds that one count may take. */
const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_PAUSE_MS = 2_000;
/** Milliseconds that a start waits for the first connection; without it the graph starts all the same. */
const START_WAITS_MS = 1_000;

/**
 * Opens the one connection to Redis and keeps trying to. A command fails at once while there is none, and no command is
 * sent twice, because it may have counted. `onError` hears of every failure to connect.
 */
export async function connectRedis(url: string, onError: (error: unknown) => void): Promise<Redis> {
  // Loaded where there is a Redis alone: it takes some 20 MB.
  const { Redis } = await import('ioredis');
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_PAUSE_MS),
  });
  redis.on('error', onError);
  const ready = new Promise<void>((resolve) => redis.once('ready', () => resolve()));
  await Promise.race([ready, delay(START_WAITS_MS, undefined, { ref: false })]);
  return redis;
}
