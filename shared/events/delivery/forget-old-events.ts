import sql, { raw } from 'sql-template-tag';
import type { DatabasePool } from '../../database/database';
import { type SubgraphName, schemaOf } from '../../subgraph/names';
import { systemCall } from '../../subgraph/transport';

const ROWS_A_STATEMENT = 2_000;
const MAY_TAKE_MS = 60_000;

/**
 * Removes events that are older than `keptDays` and that every one of `consumers` is past, and dead letters of that age.
 * The newest event of a tenant stays, because the next one is numbered after it. Returns how many events went.
 */
export async function forgetOldEvents(
  pool: DatabasePool,
  name: SubgraphName,
  { keptDays, consumers }: { keptDays: number; consumers: readonly string[] },
): Promise<number> {
  const schema = raw(schemaOf(name));
  const old = sql`now() - make_interval(days => ${keptDays}::int)`;
  const database = () => pool.forCall(systemCall('events-retention', MAY_TAKE_MS));
  await database().rows(sql`DELETE FROM ${schema}.event_dead_letter WHERE died_at < ${old}`);
  let forgotten = 0;
  for (;;) {
    const gone = await database().row<{ count: number }>(sql`
      WITH gone AS (
        DELETE FROM ${schema}.outbox_event WHERE id IN (
          SELECT e.id FROM ${schema}.outbox_event e
          WHERE e.occurred_at < ${old}
            AND EXISTS (SELECT FROM ${schema}.outbox_event newer
              WHERE newer.tenant_key = e.tenant_key AND newer.position > e.position)
            AND NOT EXISTS (SELECT FROM ${schema}.event_cursor behind
              WHERE behind.tenant_key = e.tenant_key AND behind.position < e.position
                AND behind.consumer = ANY (${[...consumers]}::text[]))
            AND NOT EXISTS (SELECT FROM ${schema}.event_dead_letter letter
              WHERE letter.tenant_key = e.tenant_key AND letter.position = e.position)
          LIMIT ${ROWS_A_STATEMENT})
        RETURNING id
      )
      SELECT count(*)::int AS count FROM gone`);
    const count = gone?.count ?? 0;
    forgotten += count;
    if (count < ROWS_A_STATEMENT) return forgotten;
  }
}
