import type { Logger } from 'pino';
import sql, { raw } from 'sql-template-tag';
import type { DatabasePool } from '../../../shared/database/database';
import type { Metrics } from '../../../shared/metrics/metrics';
import type { SubgraphDependencies } from '../../../shared/subgraph/module';
import { systemCall } from '../../../shared/subgraph/transport';
import { createSurvey } from '../holdings/survey';
import { createRegistryService } from '../registry/tenant-registry-service';
import { Tenant } from '../tenants/tenant.entity';
import { countSeen, isAsSeen, readSeen, rememberDrift } from './drift-seen';
import { findDrift } from './find-drift';

const QUEUE = 'registry-drift';
const TENANTS_A_LOOK = 20;
/** So that the systems are asked no more than a little at a time. */
const BETWEEN_LOOKS_MS = 1_000;
/** Shorter than the queue's seconds, after which another process would take the look over. */
const LOOK_MAY_TAKE_MS = 60_000;

export interface DriftWatch extends Pick<SubgraphDependencies, 'subgraphs'> {
  database: DatabasePool;
  metrics: Metrics;
  logger: Logger;
  /** Milliseconds from the end of one pass over all tenants to the begin of the next. */
  everyMs: number;
}

/**
 * Begins to look at all tenants again and again, page by page, in one process at a time. Each look is a job that puts the
 * next one in. What it finds is published and measured; nothing is repaired. It ends with the database's jobs.
 */
export async function watchDrift(watch: DriftWatch): Promise<void> {
  const { database, metrics, logger, everyMs } = watch;
  const countNow = () => countSeen(database.forCall(systemCall('registry-drift')));
  metrics.gauge(
    {
      name: 'tenant_registry_drifts',
      help: 'Differences between the registry and the systems that the last looks found.',
      labels: ['system', 'kind'],
    },
    // Whichever process looked.
    async () => (await countNow()).map(({ count, ...labels }) => ({ labels, value: count })),
  );
  const next = (after: string | null, delayMs: number) =>
    database.jobs.enqueue([{ queue: QUEUE, data: { after }, key: 'next', delayMs }]);

  await database.jobs.work(QUEUE, {
    batchSize: 1,
    concurrency: 1,
    async handle(jobs) {
      const [{ after }] = jobs as [{ after: string | null }];
      const last = await lookAtPage(watch, after);
      if (last === null) {
        const found = (await countNow()).reduce((sum, { count }) => sum + count, 0);
        if (found > 0) logger.warn({ found }, 'the registry and the systems differ; see registryDrift');
      }
      await next(last, last === null ? everyMs : BETWEEN_LOOKS_MS);
    },
  });
  await next(null, everyMs);
}

/**
 * Looks at the tenants behind `after`, in the order of their UUIDs, and remembers and publishes what it finds. Answers the
 * last of them, or `null` where there are no more.
 */
export async function lookAtPage(
  { database: pool, subgraphs }: Pick<DriftWatch, 'database' | 'subgraphs'>,
  after: string | null,
): Promise<string | null> {
  const call = systemCall('registry-drift', LOOK_MAY_TAKE_MS);
  const database = pool.forCall(call);
  const tenants = await database.rows<Tenant>(sql`
    SELECT ${raw(database.columns(Tenant, 't'))} FROM access_control.tenant t
    WHERE ${after}::uuid IS NULL OR t.id > ${after}::uuid ORDER BY t.id LIMIT ${TENANTS_A_LOOK}`);
  const sources = {
    survey: createSurvey(subgraphs, call),
    registry: createRegistryService(database),
    everyTenant: database,
  };
  const found = await findDrift(sources, tenants);
  const seen = await readSeen(
    database,
    tenants.map(({ id }) => id),
  );
  for (const [index, tenant] of tenants.entries()) {
    const drifts = found[index] ?? [];
    if (isAsSeen(drifts, seen.get(tenant.id) ?? [])) continue;
    await database.transaction(async (transaction) => {
      // The tenant may be gone by now, and what was found of it with it.
      const present = await transaction.row(
        sql`SELECT FROM access_control.tenant WHERE id = ${tenant.id} FOR KEY SHARE`,
      );
      if (present) await rememberDrift(transaction, tenant, drifts);
    });
  }
  return tenants.length < TENANTS_A_LOOK ? null : (tenants.at(-1)?.id ?? null);
}
