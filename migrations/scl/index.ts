import { CreateSclTenants1767225600000 } from './1767225600000-create-scl-tenants';
import { CreateSclClubs1767225600001 } from './1767225600001-create-scl-clubs';
import { IsolateTenants1767225600002 } from './1767225600002-isolate-tenants';
import { CreateAuditTrail1767225600003 } from './1767225600003-create-audit-trail';
import { CreateOutbox1767225600004 } from './1767225600004-create-outbox';
import { DeliverEvents1767225600005 } from './1767225600005-deliver-events';
import { CountOutages1767225600050 } from './1767225600050-count-outages';

/** SCL's migrations, oldest first. */
export const sclMigrations = [
  CreateSclTenants1767225600000,
  CreateSclClubs1767225600001,
  IsolateTenants1767225600002,
  CreateAuditTrail1767225600003,
  CreateOutbox1767225600004,
  DeliverEvents1767225600005,
  CountOutages1767225600050,
];
