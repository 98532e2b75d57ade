import sql from 'sql-template-tag';
import { firstRequest } from './gateway/identity/developer-token';
import { type Identity, openIdentity } from './gateway/identity/identity';
import { readTrustedDocuments } from './gateway/limits/trusted-documents';
import { createPlatform, type Platform } from './platform';
import { writeDemoData } from './seed/demo-data';
import { startDatabases } from './shared/database/database-locations';
import { createLogger } from './shared/logger';
import { createMetrics } from './shared/metrics/metrics';
import { REQUESTS_MAY_TAKE_MS, runServer, waitAtMost } from './shared/run-process';
import { readSettings } from './shared/settings';
import { systemCall } from './shared/subgraph/transport';

const DEFAULT_PORT = 4000;

const HELP = `Usage: npm start

Serves the whole graph in one process, gateway and subgraphs, at http://localhost:${DEFAULT_PORT}/graphql. It takes no options.
Without DATABASE_URL it starts an embedded PostgreSQL that keeps its data in DATA_DIR, and fills an empty one with demo data.

Settings are environment variables: PORT, HOST, DATABASE_URL, DATA_DIR, DEMO_DATA, OIDC_ISSUER, OIDC_AUDIENCE, NODE_ENV, and
those of the limits. README.md has all of them.
`;

/** The one-process shape: an embedded PostgreSQL where no server is named, five subgraphs, and the gateway. */
async function start(): Promise<() => Promise<void>> {
  const settings = readSettings(process.env);
  const port = settings.port ?? DEFAULT_PORT;
  const logger = createLogger(settings.logLevel, 'tenant-graph');
  // A list that cannot be read ends the start before anything is started.
  if (settings.limits.trustedDocumentsFile) await readTrustedDocuments(settings.limits.trustedDocumentsFile);
  const { databases, release } = await startDatabases(settings, logger);
  try {
    const metrics = createMetrics();
    const identity = await openIdentity(settings, metrics);
    const platform = await createPlatform({
      databases,
      poolSize: settings.poolSize,
      identity,
      isProduction: settings.isProduction,
      door: settings.door,
      limits: settings.limits,
      metrics,
      metricsAccess: settings.metricsAccess,
      drainMs: settings.shutdownDrainMs,
      publicLeads: settings.publicLeads,
      deprovisioning: settings.deprovisioning,
      driftPassMs: settings.driftPassMs,
      events: settings.events,
      logger,
    });
    try {
      if (settings.demoData && (await isEmpty(platform))) await writeDemoData(platform.databases);
      await platform.gateway.http.listen(settings.host, port);
    } catch (error) {
      await platform.stop();
      throw error;
    }
    await printBanner(`http://${settings.host}:${port}`, settings.isProduction, identity);
    return async () => {
      await waitAtMost(REQUESTS_MAY_TAKE_MS, platform.stop());
      await release();
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function isEmpty({ databases }: Platform): Promise<boolean> {
  const accessControl = databases['access-control'].forCall(systemCall('start'));
  const row = await accessControl.row(sql`SELECT FROM access_control.tenant LIMIT 1`);
  return row === null;
}

async function printBanner(address: string, isProduction: boolean, identity: Identity): Promise<void> {
  const lines = [
    `Tenant graph is ready: ${address}/graphql`,
    ...(isProduction ? [] : [`GraphiQL:              ${address}/`]),
    `Health:                ${address}/health/ready`,
    `Try: ${await firstRequest(address, identity.localIssuer)}`,
  ];
  console.log(lines.join('\n'));
}

void runServer(HELP, start);
