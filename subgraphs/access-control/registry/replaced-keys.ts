import { type CodedError, stateConflict } from '../../../shared/errors/coded-error';
import type { UniqueKey } from './claimed-keys';
import type { TenantProvisionConfig } from './provision-config';
import { registryConflicts } from './taken-keys';
import type { RegistryEntry } from './tenant-registry.entity';

/** What systems with keys of their own call a tenant. */
export type SystemKeys = Pick<RegistryEntry, 'sclTenantCode' | 'messagingTenantId'>;

/** A key that a tenant has in such a system. */
export interface SystemKey {
  kind: Extract<UniqueKey['kind'], 'SCL_CODE' | 'MESSAGING_ID'>;
  key: string;
}

/** How the registry and the input of provisioning call such a key. */
export const keyFields = {
  SCL_CODE: {
    column: 'sclTenantCode',
    name: 'code',
    path: registryConflicts.tenant_registry_scl_tenant_code_key.path,
  },
  MESSAGING_ID: {
    column: 'messagingTenantId',
    name: 'id',
    path: registryConflicts.tenant_registry_messaging_tenant_id_key.path,
  },
} as const satisfies Record<SystemKey['kind'], object>;

/** The keys that the tenant has, and in whose place the configuration would put others. */
export function replacedKeys(
  entry: SystemKeys | null,
  { scl, messaging }: Pick<TenantProvisionConfig, 'scl' | 'messaging'>,
): SystemKey[] {
  const { sclTenantCode = null, messagingTenantId = null } = entry ?? {};
  return [
    ...(scl && sclTenantCode !== null && scl.code !== sclTenantCode
      ? [{ kind: 'SCL_CODE', key: sclTenantCode } as const]
      : []),
    ...(messaging && messagingTenantId !== null && messaging.tenantId !== messagingTenantId
      ? [{ kind: 'MESSAGING_ID', key: messagingTenantId } as const]
      : []),
  ];
}

/** `CONFLICT` for a key that stays the tenant's; `reason` says why, after the key. */
export function keptKey({ kind, key }: SystemKey, reason = 'already'): CodedError {
  const { path, name } = keyFields[kind];
  return stateConflict(
    path,
    `the tenant has the ${name} ${key} ${reason}; give ${key}, or leave the part out`,
  );
}
