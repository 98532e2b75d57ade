import sql from 'sql-template-tag';
import { postgresErrorOf } from '../../../../shared/database/postgres-errors';
import type { Owner } from './owner';

/** A lock that was not free in time, for people: whose transactions are open on CRM's tables, and what to do. */
export class LockNotAvailable extends Error {
  constructor(holders: readonly string[], cause: unknown) {
    const held = holders.length > 0 ? `: ${holders.join(', ')}` : '';
    super(
      `A lock was not free in time. End transactions that are open on CRM's tables${held}. Then repeat; it goes on where it was.`,
      { cause },
    );
  }
}

/** Whether PostgreSQL ended the statement because it waited longer for a lock than `lock_timeout`. */
export function isLockNotAvailable(error: unknown): boolean {
  return postgresErrorOf(error)?.code === '55P03';
}

const MAX_HOLDERS = 3;
/** A transaction that is younger is on its way. */
const OLD_AFTER_MS = 500;

interface Holder {
  pid: number;
  login: string | null;
  program: string | null;
  seconds: number | null;
}

/**
 * Whose open transactions hold locks of CRM's tables and views, the oldest first, such as `pid 4711 (psql of thandi, open for
 * 12 s)`. Of others' transactions a login that may not read their statistics sees the `pid` alone.
 */
export async function lockHolders(owner: Owner): Promise<string[]> {
  const holders = await owner.transaction(async (tx) => {
    // PostgreSQL tells the login more of others than it tells the tables' owner.
    await tx.rows(sql`SET LOCAL ROLE NONE`);
    return tx.rows<Holder>(sql`
      SELECT a.pid, a.usename AS login, nullif(a.application_name, '') AS program,
             round(extract(epoch FROM clock_timestamp() - a.xact_start))::int AS seconds
        FROM pg_stat_activity a
       WHERE a.pid <> pg_backend_pid()
         AND coalesce(a.xact_start, '-infinity') < clock_timestamp() - ${OLD_AFTER_MS} * interval '1 ms'
         AND EXISTS (
           SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE l.pid = a.pid AND l.granted AND n.nspname IN ('crm', 'crm_live')
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
       ORDER BY a.xact_start NULLS LAST, a.pid LIMIT ${MAX_HOLDERS}`);
  });
  return holders.map(describe);
}

function describe({ pid, login, program, seconds }: Holder): string {
  if (login === null || seconds === null) return `pid ${pid}`;
  return `pid ${pid} (${program ? `${program} of ${login}` : login}, open for ${seconds} s)`;
}
