import { CreateTenants1767225600000 } from './1767225600000-create-tenants';
import { CreateTenantRegistry1767225600001 } from './1767225600001-create-tenant-registry';
import { CreateProvisioningRuns1767225600002 } from './1767225600002-create-provisioning-runs';
import { IsolateTenants1767225600003 } from './1767225600003-isolate-tenants';
import { CreateAuditTrail1767225600004 } from './1767225600004-create-audit-trail';

/** Access Control's migrations, oldest first. */
export const accessControlMigrations = [
  CreateTenants1767225600000,
  CreateTenantRegistry1767225600001,
  CreateProvisioningRuns1767225600002,
  IsolateTenants1767225600003,
  CreateAuditTrail1767225600004,
];
