import { randomUUID } from 'node:crypto';
import createFastify, { type FastifyRequest } from 'fastify';
import { openIdentity } from '../../gateway/identity/identity';
import { openDatabase } from '../../shared/database/database';
import { runtimeUrl } from '../../shared/database/roles';
import { createMetrics } from '../../shared/metrics/metrics';
import { readSettings } from '../../shared/settings';
import { schemaOf, subgraphNames } from '../../shared/subgraph/names';
import { type Ask, answerLead, answerRegistry, answerTenant, answerTenants } from './answers';

/** The same statements by hand, with the product's check of tokens and with row-level security as its roles have it. */
async function start(): Promise<void> {
  const settings = readSettings(process.env);
  const identity = await openIdentity(settings, createMetrics());
  const opened = subgraphNames.map(async (name) => {
    const location = settings.databases[name];
    if (!location) throw new Error('DATABASE_URL is missing');
    const database = await openDatabase({
      url: runtimeUrl(location, name),
      schema: schemaOf(name),
      entities: [],
      poolSize: settings.poolSize,
      onPoolError: (error) => console.error(error),
    });
    return [name, database] as const;
  });
  const databases = new Map(await Promise.all(opened));

  const asker = async (request: FastifyRequest): Promise<Ask> => {
    const viewer = await identity.identify(request.raw);
    const deadline = Date.now() + settings.limits.requestMs;
    const call = { viewer, requestId: randomUUID(), address: request.ip, userAgent: null, deadline };
    return async (system, statement) => (await databases.get(system)?.forCall(call).rows(statement)) ?? [];
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

void start();
