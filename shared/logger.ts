import pino, { type Logger } from 'pino';

/** One JSON line an entry on standard output. */
export function createLogger(level: string, name: string): Logger {
  return pino({ level, name, serializers: { err: describeError } });
}

/** What a log keeps of an error. Errors of the database carry their whole connection, which no log needs. */
function describeError(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, detail, constraint } = error as Error & Record<'code' | 'detail' | 'constraint', unknown>;
  return { type: error.name, message: error.message, code, detail, constraint, stack: error.stack };
}
