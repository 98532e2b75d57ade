import { schemaOf, subgraphNames } from '../../shared/subgraph/names';
import type { TestDatabase } from '../testkit/test-database';

/** A row of an outbox as the tests look at it. */
export interface OutboxRow {
  id: string;
  type: string;
  source: string;
  schema: string;
  position: number;
  tenant_key: string;
  tenant_id: string | null;
  tenant_slug: string | null;
  payload: Record<string, unknown>;
  user_id: string;
  correlation_id: string;
}

/** Every event where its own system wrote it; those of one tenant in one system are in their order. */
export function outboxRows(database: TestDatabase): Promise<OutboxRow[]> {
  const columns = `id, type, source, position::int, tenant_key::text, tenant_id, tenant_slug, payload, user_id,
    correlation_id`;
  const parts = subgraphNames.map(schemaOf).map(
    (schema) => `SELECT '${schema}' AS schema, ${columns} FROM ${schema}.outbox_event
      WHERE replace(source, '-', '_') = '${schema}'`,
  );
  return database.query<OutboxRow>(`${parts.join(' UNION ALL ')} ORDER BY schema, tenant_key, position`);
}

/** The events that were published while `work` ran. */
export async function publishedDuring(
  database: TestDatabase,
  work: () => Promise<unknown>,
): Promise<OutboxRow[]> {
  const known = new Set((await outboxRows(database)).map(({ id }) => id));
  await work();
  return (await outboxRows(database)).filter(({ id }) => !known.has(id));
}
