import { CreateTenants1767225600000 } from './1767225600000-create-tenants';
import { CreateCustomers1767225600001 } from './1767225600001-create-customers';
import { CreateLeads1767225600002 } from './1767225600002-create-leads';
import { CreateSegments1767225600003 } from './1767225600003-create-segments';
import { CreateJourneys1767225600004 } from './1767225600004-create-journeys';
import { CreateTemplatePackInstallations1767225600005 } from './1767225600005-create-template-pack-installations';
import { IsolateTenants1767225600006 } from './1767225600006-isolate-tenants';
import { KeepLeadConsent1767225600007 } from './1767225600007-keep-lead-consent';
import { CreateAuditTrail1767225600008 } from './1767225600008-create-audit-trail';
import { CreateOutbox1767225600009 } from './1767225600009-create-outbox';
import { DeliverEvents1767225600010 } from './1767225600010-deliver-events';
import { RememberRuns1767225600011 } from './1767225600011-remember-runs';
import { CreateSlugAliases1767225600015 } from './1767225600015-create-slug-aliases';
import { ForgetRunsOfCopies1767225600016 } from './1767225600016-forget-runs-of-copies';
import { FindOldNotes1767225600017 } from './1767225600017-find-old-notes';
import { CountOutages1767225600050 } from './1767225600050-count-outages';

/** CRM's migrations, oldest first. */
export const crmMigrations = [
  CreateTenants1767225600000,
  CreateCustomers1767225600001,
  CreateLeads1767225600002,
  CreateSegments1767225600003,
  CreateJourneys1767225600004,
  CreateTemplatePackInstallations1767225600005,
  IsolateTenants1767225600006,
  KeepLeadConsent1767225600007,
  CreateAuditTrail1767225600008,
  CreateOutbox1767225600009,
  DeliverEvents1767225600010,
  RememberRuns1767225600011,
  CreateSlugAliases1767225600015,
  ForgetRunsOfCopies1767225600016,
  FindOldNotes1767225600017,
  CountOutages1767225600050,
];
