import { CreateContacts1767225600000 } from './1767225600000-create-contacts';
import { IsolateTenants1767225600001 } from './1767225600001-isolate-tenants';

/** Messaging's migrations, oldest first. */
export const messagingMigrations = [CreateContacts1767225600000, IsolateTenants1767225600001];
