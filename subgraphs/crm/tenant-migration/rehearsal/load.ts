import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { v7 as uuid7 } from 'uuid';
import { type DatabaseLocation, runtimeUrl } from '../../../../shared/database/roles';

/** What requests met while a step ran. */
export interface LoadReport {
  requests: number;
  failures: number;
  /** The most frequent reasons of failures, for people. */
  reasons: string[];
  p50Ms: number;
  p99Ms: number;
  longestMs: number;
}

export interface Load {
  /** What came since the last report. */
  report(): LoadReport;
  stop(): Promise<void>;
}

const WORKERS = 4;
/** One of so many requests writes. */
const WRITES_EVERY = 3;

/**
 * Reads and writes leads of tenants, as CRM does it through the views, until it is stopped: `perSecond` requests, evenly, by
 * several connections as CRM's run-time role.
 */
export async function startLoad(
  location: DatabaseLocation,
  { tenants, perSecond }: { tenants: readonly { tenantId: string; slug: string }[]; perSecond: number },
): Promise<Load> {
  let isStopped = false;
  let times: number[] = [];
  let reasons = new Map<string, number>();
  const clients = await Promise.all(
    Array.from({ length: tenants.length > 0 ? WORKERS : 0 }, () => connect(location)),
  );

  const work = async (client: Client, worker: number) => {
    for (let turn = worker; !isStopped; turn += 1) {
      const tenant = tenants[turn % tenants.length];
      const startedAt = performance.now();
      try {
        if (turn % WRITES_EVERY === 0) await writeLead(client, tenant);
        else await readLeads(client, tenant);
      } catch (error) {
        const reason = (error as Error).message;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      const took = performance.now() - startedAt;
      times.push(took);
      await sleep(Math.max(0, (WORKERS * 1_000) / perSecond - took));
    }
  };
  const working = clients.map(work);

  return {
    report() {
      const report = summarise(times, reasons);
      times = [];
      reasons = new Map();
      return report;
    },
    async stop() {
      isStopped = true;
      await Promise.all(working);
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

/** Percentiles of what requests took, and why some failed. */
export function summarise(times: readonly number[], reasons: ReadonlyMap<string, number>): LoadReport {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10;
  const frequent = [...reasons].toSorted(([, a], [, b]) => b - a).slice(0, 3);
  return {
    requests: times.length,
    failures: [...reasons.values()].reduce((sum, count) => sum + count, 0),
    reasons: frequent.map(([reason, count]) => `${count} times: ${reason}`),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    longestMs: at(1),
  };
}

async function connect(location: DatabaseLocation): Promise<Client> {
  const client = new Client({
    connectionString: runtimeUrl(location, 'crm'),
    application_name: 'tenant-graph crm',
    options: '-c search_path=crm_live,crm -c tenant_graph.tenants=* -c statement_timeout=10000',
  });
  // A connection that ends is told of by the next request, which fails.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

type LoadTenant = { tenantId: string; slug: string } | undefined;

function readLeads(client: Client, tenant: LoadTenant): Promise<unknown> {
  return client.query(
    'SELECT id, tenant_slug, email FROM lead WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC LIMIT 20',
    [tenant?.tenantId],
  );
}

function writeLead(client: Client, tenant: LoadTenant): Promise<unknown> {
  const id = uuid7();
  return client.query(
    `INSERT INTO lead (id, tenant_id, tenant_slug, email, consent_given, input_digest, created_by, updated_by)
     VALUES ($1, $2, $3, $4, false, 'rehearsal', 'rehearsal', 'rehearsal')`,
    [id, tenant?.tenantId, tenant?.slug, `${id}@rehearsal.example`],
  );
}
