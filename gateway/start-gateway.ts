import { openCallerKey } from '../shared/identity/internal-keys';
import { createCallSigner } from '../shared/identity/internal-token';
import { createLogger } from '../shared/logger';
import { createMetrics } from '../shared/metrics/metrics';
import { runProcess } from '../shared/run-process';
import { bySubgraph, readSettings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { createHttpTransport } from '../shared/subgraph/http-transport';
import { createTenantDirectory } from '../shared/tenancy/tenant-directory';
import { createGateway } from './gateway';
import { firstRequest } from './identity/developer-token';
import { openIdentity } from './identity/identity';
import { readSupergraph, routingUrls } from './supergraph';

const DEFAULT_PORT = 4000;

/** The gateway of the distributed shape: it reaches every subgraph over HTTP. */
async function startGateway(): Promise<() => Promise<void>> {
  const settings = readSettings(process.env);
  const logger = createLogger(settings.logLevel, 'gateway');
  const identity = await openIdentity(settings);
  const key = await openCallerKey(settings.identity.internalKeysDirectory, 'gateway', settings);
  const supergraphSdl = await readSupergraph();
  const urls = routingUrls(supergraphSdl);
  const transports = bySubgraph((name) => {
    const url = settings.subgraphUrls[name] ?? urls.get(name);
    if (!url) throw new StartError(`There is no address for the subgraph ${name}`);
    const sign = createCallSigner({ caller: 'gateway', audience: name, key });
    return createHttpTransport({ url, timeoutMs: settings.subgraphTimeoutMs, sign });
  });
  const metrics = createMetrics();
  const gateway = await createGateway({
    supergraphSdl,
    transports,
    identity,
    tenants: createTenantDirectory({ accessControl: transports['access-control'], metrics, logger }),
    isProduction: settings.isProduction,
    door: settings.door,
    limits: settings.limits,
    metrics,
    metricsAccess: settings.metricsAccess,
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

void runProcess(startGateway);
