import { parseArgs } from 'node:util';
import { openSubgraphDatabase } from '../shared/database/open-subgraph-database';
import { createCallerKeys, openCallerKey } from '../shared/identity/internal-keys';
import { createViewerReceiver, createViewerSigner } from '../shared/identity/internal-token';
import { createLogger } from '../shared/logger';
import { createMetrics } from '../shared/metrics/metrics';
import { failProcess, runProcess } from '../shared/run-process';
import { bySubgraph, readSettings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { createHttpTransport } from '../shared/subgraph/http-transport';
import { isSubgraphName, type SubgraphName, settingsPrefixOf, subgraphNames } from '../shared/subgraph/names';
import { serveSubgraph } from '../shared/subgraph/serve-subgraph';
import { createTenantDirectory } from '../shared/tenancy/tenant-directory';
import { loadSubgraph } from './modules';

const HELP = `Usage: npm run start:subgraph -- NAME

Serves one subgraph of the distributed shape over HTTP. NAME is one of ${subgraphNames.join(', ')}.

Settings, which README.md explains:

  each            DATABASE_URL or NAME_DATABASE_URL (such as CRM_DATABASE_URL), DATABASE_ROLE_SECRET, DATABASE_POOL_SIZE,
                  PORT, HOST, ACCESS_CONTROL_URL, SUBGRAPH_TIMEOUT_MS, DATA_DIR, INTERNAL_KEYS_DIR, METRICS_TOKEN,
                  SHUTDOWN_DRAIN_MS, LOG_LEVEL, NODE_ENV
  access-control  the others' NAME_URL, for all that it asks and tells them; REDIS_URL, EVENTS_QUEUE, WEBHOOK_ALLOW_PRIVATE,
                  DRIFT_PASS_MINUTES, DEPROVISION_GRACE_DAYS, DEPROVISION_PER_DAY, EXPORT_DIR
  crm             LEAD_MIN_FILL_SECONDS, SLUG_ALIAS_DAYS, CAPTCHA_VERIFY_URL, CAPTCHA_SECRET
`;

/** The ports that supergraph.yaml's addresses name. */
const defaultPorts: Record<SubgraphName, number> = {
  'access-control': 4001,
  crm: 4002,
  teetime: 4003,
  scl: 4004,
  messaging: 4005,
};

async function startSubgraph(name: SubgraphName): Promise<() => Promise<void>> {
  const settings = readSettings(process.env);
  const location = settings.databases[name];
  if (!location)
    throw new StartError(
      `Set DATABASE_URL or ${settingsPrefixOf(name)}_DATABASE_URL to a PostgreSQL server.`,
    );
  const keysDirectory = settings.identity.internalKeysDirectory;
  const key = await openCallerKey(keysDirectory, name, settings);
  const logger = createLogger(settings.logLevel, name);
  const metrics = createMetrics();
  const module = await loadSubgraph(name);
  const database = await openSubgraphDatabase(module, { location, poolSize: settings.poolSize, logger });

  const subgraphs = bySubgraph((audience) =>
    createHttpTransport({
      url: settings.subgraphUrls[audience] ?? `http://localhost:${defaultPorts[audience]}/graphql`,
      timeoutMs: settings.subgraphTimeoutMs,
      sign: createViewerSigner({ caller: name, audience, key }),
    }),
  );
  const subgraph = await module.create({
    database,
    tenants: createTenantDirectory({ accessControl: subgraphs['access-control'], metrics, logger }),
    subgraphs,
    metrics,
    logger,
    publicLeads: settings.publicLeads,
    deprovisioning: settings.deprovisioning,
    driftPassMs: settings.driftPassMs,
    events: settings.events,
  });
  const receiveViewer = createViewerReceiver({ audience: name, keys: createCallerKeys(keysDirectory) });
  const http = serveSubgraph(subgraph, {
    receiveViewer,
    metrics,
    metricsAccess: settings.metricsAccess,
    drainMs: settings.shutdownDrainMs,
    logger,
  });
  const address = await http.listen(settings.host, settings.port ?? defaultPorts[name]);
  console.log(`Subgraph ${name}: ${address}/graphql`);

  return async () => {
    await http.close();
    await database.jobs.stop();
    await subgraph.stop();
    await Promise.all(Object.values(subgraphs).map((transport) => transport.close()));
    await database.close();
  };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return console.log(HELP);
  const [name = ''] = positionals;
  if (!isSubgraphName(name)) {
    throw new StartError(`Name one subgraph: ${subgraphNames.join(', ')}. See --help.`);
  }
  await runProcess(() => startSubgraph(name));
}

main().catch(failProcess);
