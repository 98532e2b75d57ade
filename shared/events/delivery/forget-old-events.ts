import sql, { raw } from 'sql-template-tag';
import type { DatabasePool } from '../../database/database';
import { type SubgraphName, schemaOf } from '../../subgraph/names';
import { systemCall } from '../../subgraph/transport';
import type { EventConsumer } from './event-consumer';

const ROWS_A_STATEMENT = 2_000;
const MAY_TAKE_MS = 60_000;

/**
 * Removes events that are older than `keptDays` and that every one of `consumers` is past who hears of them, and dead letters
 * of that age. A consumer's cursor moves with what it hears of, and stays behind what it does not.
 * The newest event of a tenant stays, because the next one is numbered after it. Returns how many events went.
 */
export async function forgetOldEvents(
  pool: DatabasePool,
  name: SubgraphName,
  { keptDays, consumers }: { keptDays: number; consumers: readonly Pick<EventConsumer, 'name' | 'types'>[] },
): Promise<number> {
  const schema = raw(schemaOf(name));
  const old = sql`now() - make_interval(days => ${keptDays}::int)`;
  const hearing = JSON.stringify(
    consumers.map(({ name, types }) => ({ name, types: types === 'all' ? null : types })),
  );
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
              JOIN jsonb_to_recordset(${hearing}::jsonb) AS consumer(name text, types text[])
                ON consumer.name = behind.consumer
              WHERE behind.tenant_key = e.tenant_key AND behind.position < e.position
                AND (consumer.types IS NULL OR e.type = ANY (consumer.types)))
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
