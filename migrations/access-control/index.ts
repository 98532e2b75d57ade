import { CreateTenants1767225600000 } from './1767225600000-create-tenants';
import { CreateTenantRegistry1767225600001 } from './1767225600001-create-tenant-registry';
import { CreateProvisioningRuns1767225600002 } from './1767225600002-create-provisioning-runs';
import { IsolateTenants1767225600003 } from './1767225600003-isolate-tenants';
import { CreateAuditTrail1767225600004 } from './1767225600004-create-audit-trail';
import { CreateOutbox1767225600005 } from './1767225600005-create-outbox';
import { ListProvisioningRuns1767225600006 } from './1767225600006-list-provisioning-runs';
import { KeyProvisioningRuns1767225600007 } from './1767225600007-key-provisioning-runs';
import { DeliverEvents1767225600008 } from './1767225600008-deliver-events';
import { RunProvisioningInSteps1767225600009 } from './1767225600009-run-provisioning-in-steps';
import { ClaimKeys1767225600010 } from './1767225600010-claim-keys';
import { WatchRegistryDrift1767225600020 } from './1767225600020-watch-registry-drift';
import { CreateWebhookSubscriptions1767225600030 } from './1767225600030-create-webhook-subscriptions';
import { ReplayDeadLetters1767225600031 } from './1767225600031-replay-dead-letters';
import { CreateDeprovisionings1767225600040 } from './1767225600040-create-deprovisionings';
import { CountOutages1767225600050 } from './1767225600050-count-outages';

/** Access Control's migrations, oldest first. */
export const accessControlMigrations = [
  CreateTenants1767225600000,
  CreateTenantRegistry1767225600001,
  CreateProvisioningRuns1767225600002,
  IsolateTenants1767225600003,
  CreateAuditTrail1767225600004,
  CreateOutbox1767225600005,
  ListProvisioningRuns1767225600006,
  KeyProvisioningRuns1767225600007,
  DeliverEvents1767225600008,
  RunProvisioningInSteps1767225600009,
  ClaimKeys1767225600010,
  WatchRegistryDrift1767225600020,
  CreateWebhookSubscriptions1767225600030,
  ReplayDeadLetters1767225600031,
  CreateDeprovisionings1767225600040,
  CountOutages1767225600050,
];
