import { validate as isUuid } from 'uuid';
import type { SqlRunner } from '../../../../shared/database/database';
import { StartError } from '../../../../shared/start-error';
import { isTenantPhase, type TenantPhase, tenantPhases } from '../phases/phase';
import { type MigratedTenant, readTenants } from '../phases/read-tenants';

/** The tenant that an operator named by slug or UUID. Throws a `StartError` where there is none. */
export async function namedTenant(runner: SqlRunner, name: string): Promise<MigratedTenant> {
  const [tenant] = await readTenants(runner, isUuid(name) ? { tenantId: name } : { slug: name });
  if (!tenant) throw new StartError(`CRM knows no tenant "${name}".`);
  return tenant;
}

/** The phase that an operator named. Throws a `StartError`. */
export function namedPhase(text: string): TenantPhase {
  const phase = text.toUpperCase();
  if (!isTenantPhase(phase)) {
    throw new StartError(`There is no phase "${text}". Choose one of ${tenantPhases.join(', ')}.`);
  }
  return phase;
}
