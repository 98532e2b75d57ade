import type { Database, DatabasePool } from '../../../../shared/database/database';
import { systemViewer, withinTenant } from '../../../../shared/identity/viewer';
import { type SubgraphCall, systemCall } from '../../../../shared/subgraph/transport';
import type { TenantDirectory } from '../../../../shared/tenancy/tenant-directory';
import { forgetChangedTenants } from '../../forget-changed-tenants';
import type { ProvisioningStatus, ProvisioningSystem } from '../../graphql.generated';
import type { Tenant } from '../../tenants/tenant.entity';
import type { TenantSetUp } from '../tenant-set-up';

/** A run as those know it who work on it. */
export interface RunAtWork {
  id: string;
  tenantId: string;
  status: ProvisioningStatus;
  setUp: TenantSetUp;
  createsTenant: boolean;
  createsEntry: boolean;
  /** Who asked for what is done now, and in which request. */
  askedBy: string;
  requestId: string;
}

/** One attempt at a step. Its number is its fence: who finds a greater one in the database has been given up. */
export interface Attempt {
  run: RunAtWork;
  /** As it was when the attempt began. */
  tenant: Tenant | null;
  position: number;
  system: ProvisioningSystem;
  name: string;
  number: number;
  /** How many of the attempts count, with this one: those since the run was last asked to go on. */
  counted: number;
  direction: 'forward' | 'back';
}

/** The graph's own call, on behalf of whoever asked for the run, within its tenant. */
export function callOfRun(
  { tenantId, askedBy, requestId }: Pick<RunAtWork, 'tenantId' | 'askedBy' | 'requestId'>,
  milliseconds?: number,
): SubgraphCall {
  const viewer = { ...withinTenant(systemViewer, tenantId), onBehalfOf: askedBy };
  return { ...systemCall(requestId, milliseconds), viewer };
}

/** Where those who work on runs write. */
export interface RunWrites {
  database: DatabasePool;
  /** Forgets the tenants that change. */
  tenants: Pick<TenantDirectory, 'forget'>;
}

export function databaseOfRun({ database, tenants }: RunWrites, run: RunAtWork): Database {
  return forgetChangedTenants(database.forCall(callOfRun(run)), tenants);
}
