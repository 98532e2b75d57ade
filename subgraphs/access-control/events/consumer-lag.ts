import sql from 'sql-template-tag';
import type { Database } from '../../../shared/database/database';
import { undelivered } from '../../../shared/events/delivery/backlog';
import type { EventConsumer } from '../../../shared/events/delivery/event-consumer';
import { reaches } from '../../../shared/identity/viewer';
import type { Context } from '../context';

/** A consumer, and how far behind it is. */
export interface ConsumerLag {
  name: string;
  tenantId: string | null;
  types: readonly string[];
  tenantsBehind: number;
  oldestUndeliveredAt: Date | null;
  tenantsPaused: number;
  lastError: string | null;
  deadLetters: number;
}

/** The consumers that concern the viewer, by name, behind the one that is named `after`. */
export async function listConsumerLag(
  { consumers, database, viewer }: Context,
  { first, after }: { first: number; after: string | null },
): Promise<ConsumerLag[]> {
  const page = (await consumers.all())
    .filter(
      ({ tenantKey, name }) => (tenantKey === null || reaches(viewer, tenantKey)) && (!after || name > after),
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, first);
  const lags = await measure(database, page);
  return page.map(({ name, tenantKey, types }) => {
    const lag = lags.get(name);
    return {
      name,
      tenantId: tenantKey,
      types: types === 'all' ? [] : types,
      tenantsBehind: lag?.tenantsBehind ?? 0,
      oldestUndeliveredAt: lag?.oldestUndeliveredAt ?? null,
      tenantsPaused: lag?.tenantsPaused ?? 0,
      lastError: lag?.lastError ?? null,
      deadLetters: lag?.deadLetters ?? 0,
    };
  });
}

type Measured = Omit<ConsumerLag, 'tenantId' | 'types'>;

async function measure(
  database: Database,
  consumers: readonly EventConsumer[],
): Promise<Map<string, Measured>> {
  const rows = await database.rows<Measured>(sql`
    SELECT asked.name, coalesce(behind.tenants, 0) AS "tenantsBehind", behind.oldest AS "oldestUndeliveredAt",
      coalesce(paused.tenants, 0) AS "tenantsPaused", paused.error AS "lastError", letters.count AS "deadLetters"
    FROM unnest(${consumers.map(({ name }) => name)}::text[]) AS asked(name)
    LEFT JOIN (
      SELECT u.consumer, count(*)::int AS tenants, min(u."occurredAt") AS oldest
      FROM (${undelivered('access-control', consumers)}) AS u GROUP BY u.consumer
    ) AS behind ON behind.consumer = asked.name
    LEFT JOIN LATERAL (
      SELECT count(*)::int AS tenants, (array_agg(c.last_error ORDER BY c.retry_at DESC))[1] AS error
      FROM access_control.event_cursor c WHERE c.consumer = asked.name AND c.retry_at IS NOT NULL
    ) AS paused ON true
    LEFT JOIN LATERAL (
      SELECT count(*)::int AS count FROM access_control.event_dead_letter d WHERE d.consumer = asked.name
    ) AS letters ON true`);
  return new Map(rows.map((row) => [row.name, row]));
}
