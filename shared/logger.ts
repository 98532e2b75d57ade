import pino, { type Logger } from 'pino';

/** One JSON line an entry on standard output. */
export function createLogger(level: string, name: string): Logger {
  return pino({ level, name });
}
