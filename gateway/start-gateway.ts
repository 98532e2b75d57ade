import { openCallerKey } from '../shared/identity/internal-keys';
import { createViewerSigner } from '../shared/identity/internal-token';
import { createLogger } from '../shared/logger';
import { createMetrics } from '../shared/metrics/metrics';
import { runServer } from '../shared/run-process';
import { readSettings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { createHttpTransport } from '../shared/subgraph/http-transport';
import { isSubgraphName } from '../shared/subgraph/names';
import { createTenantDirectory } from '../shared/tenancy/tenant-directory';
import { createGateway } from './gateway';
import { firstRequest } from './identity/developer-token';
import { openIdentity } from './identity/identity';
import { readSupergraph, routingUrls } from './supergraph';

const DEFAULT_PORT = 4000;

const HELP = `Usage: npm run start:gateway

Serves the gateway of the distributed shape at http://localhost:${DEFAULT_PORT}/graphql; it reaches subgraphs over HTTP. It takes no
options.

Settings, which README.md explains:

  subgraphs  CRM_URL and the like, SUPERGRAPH_FILE, SUBGRAPH_TIMEOUT_MS, INTERNAL_KEYS_DIR, DATA_DIR
  callers    PORT, HOST, OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URI, CORS_ORIGINS, TRUSTED_PROXIES, TRUSTED_DOCUMENTS
  limits     REQUEST_TIMEOUT_MS, MAX_BODY_BYTES, MAX_COST and the other MAX_, RATE_LIMIT_READS and the other RATE_LIMIT_, REDIS_URL
  the rest   METRICS_TOKEN, SHUTDOWN_DRAIN_MS, LOG_LEVEL, NODE_ENV
`;

/** The gateway of the distributed shape: it reaches every subgraph over HTTP. */
async function startGateway(): Promise<() => Promise<void>> {
  const settings = readSettings(process.env);
  const logger = createLogger(settings.logLevel, 'gateway');
  const metrics = createMetrics();
  const identity = await openIdentity(settings, metrics);
  const key = await openCallerKey(settings.identity.internalKeysDirectory, 'gateway', settings);
  const supergraphSdl = await readSupergraph(settings.supergraphFile);
  const transports = Object.fromEntries(
    [...routingUrls(supergraphSdl)].map(([name, routingUrl]) => {
      const isOurs = isSubgraphName(name);
      const url = (isOurs && settings.subgraphUrls[name]) || routingUrl;
      if (!URL.canParse(url)) throw new StartError(`There is no address for the subgraph ${name}`);
      // Whoever else's subgraph it is must not get a token that speaks for this gateway.
      const sign = isOurs ? createViewerSigner({ caller: 'gateway', audience: name, key }) : null;
      return [name, createHttpTransport({ url, timeoutMs: settings.subgraphTimeoutMs, sign })];
    }),
  );
  const accessControl = transports['access-control'];
  const gateway = await createGateway({
    supergraphSdl,
    transports,
    identity,
    tenants: accessControl ? createTenantDirectory({ accessControl, metrics, logger }) : null,
    isProduction: settings.isProduction,
    door: settings.door,
    limits: settings.limits,
    metrics,
    metricsAccess: settings.metricsAccess,
    drainMs: settings.shutdownDrainMs,
    logger,
  });
  const address = await gateway.http.listen(settings.host, settings.port ?? DEFAULT_PORT);
  console.log(`Tenant graph gateway: ${address}/graphql`);
  if (!settings.isProduction) console.log(`Try: ${await firstRequest(address, identity.localIssuer)}`);

  return async () => {
    await gateway.stop();
    await Promise.all(Object.values(transports).map((transport) => transport.close()));
  };
}

void runServer(HELP, startGateway);
