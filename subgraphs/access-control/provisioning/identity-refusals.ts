import { badInput, CodedError, conflict, tenantNotFound } from '../../../shared/errors/coded-error';
import type { TenantIdentity } from './provisioning-input';

/** `BAD_USER_INPUT` unless the identity could name a tenant. */
export function assertNamesTenant({ id, slug }: TenantIdentity): void {
  if (!id && !slug) throw badInput('input.tenant', 'identity', 'give id, or slug and displayName');
}

/** No tenant is the one that the identity names, and none can be created under it. */
export function missingTenant({ id, slug, displayName }: TenantIdentity): CodedError {
  if (slug && displayName) return conflict('input.tenant.slug', 'the tenant with this slug has another id');
  const path = id ? 'input.tenant.id' : 'input.tenant.slug';
  const message = `no tenant has this ${id ? 'id' : 'slug'}; give slug and displayName to create one`;
  return tenantNotFound(path, message);
}

/** Id and slug of the identity do not belong together. */
export function otherSlug(): CodedError {
  return conflict('input.tenant.slug', 'the tenant with this id has another slug');
}

export function disabledTenant({ id }: TenantIdentity): CodedError {
  return tenantDisabled(id ? 'input.tenant.id' : 'input.tenant.slug');
}

/** `TENANT_DISABLED` for what the caller named the tenant by. */
export function tenantDisabled(path: string): CodedError {
  const message = 'the tenant is disabled; enable it first';
  return new CodedError('TENANT_DISABLED', `${path}: ${message}`, {
    fields: [{ path, constraint: 'active', message }],
  });
}
