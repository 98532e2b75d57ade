import type { Logger } from 'pino';
import { CodedError } from '../../shared/errors/coded-error';
import type { Viewer } from '../../shared/identity/viewer';
import { logSeldom } from '../../shared/log-seldom';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';

/**
 * The viewer without those of its tenants that are disabled. Throws `TENANT_DISABLED` when all of them are. Who reaches the
 * whole platform, or no tenant at all, goes on as before, and nothing is asked for it.
 */
export type WithinOpenTenants = (call: SubgraphCall) => Promise<Viewer>;

/** An Access Control that hangs costs a request no more than this. */
const MAY_TAKE_MS = 1_000;

/**
 * Asks the directory, which remembers. A tenant that it cannot tell of, because nobody has such a tenant or because Access
 * Control does not answer, stays with the viewer: an outage must lock nobody out.
 */
export function withinOpenTenants(tenants: TenantDirectory, logger: Logger): WithinOpenTenants {
  const warn = logSeldom((error, leftOut) =>
    logger.warn({ err: error, leftOut }, 'whether the tenants of a token are disabled could not be told'),
  );
  return async (call) => {
    const { viewer } = call;
    if (viewer.tenants === 'all' || viewer.tenants.length === 0) return viewer;
    const deadline = Math.min(call.deadline, Date.now() + MAY_TAKE_MS);
    const answers = await Promise.allSettled(tenants.resolveTenants(viewer.tenants, { ...call, deadline }));
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed) warn(failed.reason);

    const open = viewer.tenants.filter((_id, index) => {
      const answer = answers[index];
      return answer?.status !== 'fulfilled' || answer.value?.status !== 'DISABLED';
    });
    if (open.length === viewer.tenants.length) return viewer;
    if (open.length > 0) return { ...viewer, tenants: open };
    throw new CodedError(
      'TENANT_DISABLED',
      viewer.tenants.length === 1
        ? 'The tenant that the token or x-tenant-id names is disabled'
        : 'All tenants that the token names are disabled',
    );
  };
}
