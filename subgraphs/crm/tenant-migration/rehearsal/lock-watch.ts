import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { DatabaseLocation } from '../../../../shared/database/roles';

/** The longest that anybody was seen to wait for a lock, in milliseconds. */
export interface LockWaits {
  /** Requests. */
  liveMs: number;
  /** The move itself, which gives up in time. */
  moveMs: number;
}

export interface LockWatch {
  /** The longest waits since the last report. */
  report(): LockWaits;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 20;

/** Looks again and again who waits for a lock in the database, and for how long. */
export async function watchLocks(location: DatabaseLocation): Promise<LockWatch> {
  const client = new Client({ connectionString: location.url });
  await client.connect();
  let isStopped = false;
  let longest: LockWaits = { liveMs: 0, moveMs: 0 };
  const watching = (async () => {
    while (!isStopped) {
      const { rows } = await client.query<LockWaits>(`
        SELECT coalesce(max(waited) FILTER (WHERE is_live), 0) AS "liveMs",
               coalesce(max(waited) FILTER (WHERE NOT is_live), 0) AS "moveMs"
          FROM (
            SELECT extract(epoch FROM clock_timestamp() - l.waitstart)::float8 * 1000 AS waited,
                   a.application_name = 'tenant-graph crm' AS is_live
              FROM pg_locks l JOIN pg_stat_activity a USING (pid)
             WHERE NOT l.granted AND l.waitstart IS NOT NULL AND a.datname = current_database()) w`);
      const [seen] = rows;
      if (seen) {
        longest = {
          liveMs: Math.max(longest.liveMs, Math.round(seen.liveMs)),
          moveMs: Math.max(longest.moveMs, Math.round(seen.moveMs)),
        };
      }
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    report() {
      const report = longest;
      longest = { liveMs: 0, moveMs: 0 };
      return report;
    },
    async stop() {
      isStopped = true;
      await watching;
      await client.end();
    },
  };
}
