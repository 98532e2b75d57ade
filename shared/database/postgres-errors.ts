import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { conflict } from '../errors/coded-error';
import { StartError } from '../start-error';

interface PostgresError extends Error {
  code: string;
  constraint?: string;
}

const SOCKET_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT'];

/**
 * The error of PostgreSQL or of the socket beneath a TypeORM error, or `null`. An error of a file, of HTTP or of the catalogue
 * has a code too, and is none.
 */
export function postgresErrorOf(error: unknown): PostgresError | null {
  for (let current: unknown = error; current instanceof Error; ) {
    const { code, driverError, cause } = current as Error & {
      code?: unknown;
      driverError?: unknown;
      cause?: unknown;
    };
    const isOfDatabase = 'severity' in current || SOCKET_CODES.includes(String(code));
    if (typeof code === 'string' && isOfDatabase) return current as PostgresError;
    current = driverError ?? cause;
  }
  return null;
}

/**
 * Whether the database could not be reached, ended the connection, or ended the statement because it took or waited
 * too long, so that the same call may succeed later.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.some(isDatabaseUnavailable)) return true;
  if (isRunnerReleased(error) || isConnectionLost(error)) return true;
  if (
    error instanceof Error &&
    /timeout exceeded when trying to connect|Query read timeout/.test(error.message)
  ) {
    return true;
  }
  const code = postgresErrorOf(error)?.code ?? '';
  return SOCKET_CODES.includes(code) || /^(08|53|57P0)|^(57014|55P03|25P03|40001|40P01)$/.test(code);
}

/** Whether TypeORM gave up a transaction's connection, which it does where that was lost between two statements. */
function isRunnerReleased(error: unknown): boolean {
  return (
    error instanceof QueryRunnerProviderAlreadyReleasedError ||
    error instanceof QueryRunnerAlreadyReleasedError
  );
}

/** Whether the answer to a statement is missing, so that nobody knows what its connection does now. */
export function isConnectionDoubtful(error: unknown): boolean {
  if (isRunnerReleased(error)) return true;
  return error instanceof Error && /Query read timeout|Connection terminated/.test(error.message);
}

/** Whether the connection ended before the answer came; another one may be had at once. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof Error && /Connection terminated|is not queryable/.test(error.message)) return true;
  return /^(ECONNRESET|EPIPE|57P01|57P02)$/.test(postgresErrorOf(error)?.code ?? '');
}

/** Whether PostgreSQL ended the transaction because it and another waited for each other. */
export function isDeadlock(error: unknown): boolean {
  return postgresErrorOf(error)?.code === '40P01';
}

/** Whether a row was to be written that belongs to a tenant whom the call does not reach. */
export function isOutOfReach(error: unknown): boolean {
  const violation = postgresErrorOf(error);
  return violation?.code === '42501' && violation.message.includes('row-level security');
}

/** Whether a text held a character that PostgreSQL cannot store (U+0000). */
export function isUnstorableText(error: unknown): boolean {
  const code = postgresErrorOf(error)?.code;
  return code === '22021' || code === '22P05';
}

/**
 * Runs `write` and turns a violated unique constraint into `CONFLICT`. `constraints` maps the constraint's name to
 * the input's path and the sentence for the caller; the database decides, so that no check races with a write.
 */
export async function withConflicts<T>(
  constraints: Record<string, { path: string; message: string }>,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const violation = postgresErrorOf(error);
    const known = violation?.code === '23505' ? constraints[violation.constraint ?? ''] : undefined;
    if (known) throw conflict(known.path, known.message, error);
    throw error;
  }
}

const MAX_LOOKS = 3;

/**
 * Runs `write`, which looks for a row and inserts it where there is none, again when another call inserted it in
 * between. Whoever meets the same constraint at every look meets a row that it cannot see; then the error is thrown.
 */
export async function lookAgainIfTaken<T>(write: () => Promise<T>): Promise<T> {
  for (let look = 1; ; look += 1) {
    try {
      return await write();
    } catch (error) {
      if (postgresErrorOf(error)?.code !== '23505' || look === MAX_LOOKS) throw error;
    }
  }
}

/** One line for the operator about a database that did not let us in. The password is never part of it. */
export function describeConnectionFailure(error: unknown, url: string): StartError {
  const { host, pathname, username } = new URL(url);
  const database = decodeURIComponent(pathname.slice(1));
  const code = error instanceof AggregateError ? error.errors[0]?.code : postgresErrorOf(error)?.code;
  const reason = error instanceof Error && error.message ? error.message : String(code ?? 'no answer');
  return new StartError(
    `Database "${database}" at ${host} cannot be reached as "${username}": ${reason}`,
    error,
  );
}
