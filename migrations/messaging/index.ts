import { CreateContacts1767225600000 } from './1767225600000-create-contacts';
import { IsolateTenants1767225600001 } from './1767225600001-isolate-tenants';
import { CreateAuditTrail1767225600002 } from './1767225600002-create-audit-trail';
import { CreateOutbox1767225600003 } from './1767225600003-create-outbox';
import { DeliverEvents1767225600004 } from './1767225600004-deliver-events';
import { CreateMessagingTenants1767225600005 } from './1767225600005-create-messaging-tenants';
import { CountOutages1767225600050 } from './1767225600050-count-outages';

/** Messaging's migrations, oldest first. */
export const messagingMigrations = [
  CreateContacts1767225600000,
  IsolateTenants1767225600001,
  CreateAuditTrail1767225600002,
  CreateOutbox1767225600003,
  DeliverEvents1767225600004,
  CreateMessagingTenants1767225600005,
  CountOutages1767225600050,
];
