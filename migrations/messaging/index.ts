import { CreateContacts1767225600000 } from './1767225600000-create-contacts';

/** Messaging's migrations, oldest first. */
export const messagingMigrations = [CreateContacts1767225600000];
