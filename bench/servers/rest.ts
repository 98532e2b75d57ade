import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import createFastify, { type FastifyRequest } from 'fastify';
import { Pool } from 'pg';
import type { Sql } from 'sql-template-tag';
import { openIdentity } from '../../gateway/identity/identity';
import { openDatabase } from '../../shared/database/database';
import { runtimeUrl } from '../../shared/database/roles';
import { applyScope } from '../../shared/database/scoped-query';
import { createMetrics } from '../../shared/metrics/metrics';
import { readSettings } from '../../shared/settings';
import { type SubgraphName, schemaOf, subgraphNames } from '../../shared/subgraph/names';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import {
  type Ask,
  answerLead,
  answerRegistry,
  answerTenant,
  answerTenants,
  type Row,
  type System,
} from './answers';

/** How the statements of one system are run for a call. */
type RunForCall = (call: SubgraphCall, statement: Sql) => Promise<Row[]>;

/**
 * The same statements by hand, with the product's check of tokens and with row-level security as its roles have it: each in a
 * transaction on a pool of `pg`, or with `--shared` on the product's own connections.
 */
async function start(): Promise<void> {
  const { values } = parseArgs({ options: { shared: { type: 'boolean', default: false } } });
  const settings = readSettings(process.env);
  const identity = await openIdentity(settings, createMetrics());
  const opened = subgraphNames.map(async (name) => {
    const location = settings.databases[name];
    if (!location) throw new Error('DATABASE_URL is missing');
    const place = { url: runtimeUrl(location, name), name, poolSize: settings.poolSize };
    return [name, values.shared ? await openShared(place) : openPool(place)] as const;
  });
  const systems = new Map<System, RunForCall>(await Promise.all(opened));

  const asker = async (request: FastifyRequest): Promise<Ask> => {
    const viewer = await identity.identify(request.raw);
    const deadline = Date.now() + settings.limits.requestMs;
    const call = { viewer, requestId: randomUUID(), address: request.ip, userAgent: null, deadline };
    return async (system, statement) => (await systems.get(system)?.(call, statement)) ?? [];
  };

  const app = createFastify();
  app.get<{ Querystring: { slug: string } }>('/tenant', async (request) =>
    answerTenant(await asker(request), request.query.slug),
  );
  app.get('/tenants', async (request) => answerTenants(await asker(request)));
  app.get<{ Querystring: { clubId: string } }>('/registry', async (request) =>
    answerRegistry(await asker(request), request.query.clubId),
  );
  app.post<{ Body: { tenantSlug: string; email: string } }>('/leads', async (request) =>
    answerLead(await asker(request), request.body),
  );
  await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
}

interface Place {
  url: string;
  name: SubgraphName;
  poolSize: number;
}

async function openShared({ url, name, poolSize }: Place): Promise<RunForCall> {
  const onPoolError = (error: Error) => console.error(error);
  const database = await openDatabase({ url, schema: schemaOf(name), entities: [], poolSize, onPoolError });
  return (call, statement) => database.forCall(call).rows(statement);
}

function openPool({ url, poolSize }: Place): RunForCall {
  const pool = new Pool({ connectionString: url, max: poolSize });
  return async ({ viewer, deadline }, statement) => {
    const scope = applyScope({ tenantKeys: viewer.tenants, timeoutMs: deadline - Date.now() });
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(scope);
      const { rows } = await client.query<Row>(statement);
      await client.query('COMMIT');
      client.release();
      return rows;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };
}

void start();
