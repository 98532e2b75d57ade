import { withConflicts } from '../../../shared/database/postgres-errors';
import { newId } from '../../../shared/input/new-id';
import { parseInput } from '../../../shared/input/parse-input';
import { assertWritable } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';
import type { CreateContactInput } from '../graphql.generated';
import { Contact } from './contact.entity';
import { CreateContactRules } from './contact-input';
import { assertReachable } from './contact-rules';

const contactConflicts = { contact_pkey: { path: 'input.id', message: 'another contact has this id' } };

/**
 * Creates a contact under a Messaging id that the registry maps. Throws `BAD_USER_INPUT`, `CONFLICT` when the id is
 * taken, and what `assertWritable` throws when no tenant with that Messaging id can have one.
 */
export async function createContact(context: Context, input: CreateContactInput): Promise<Contact> {
  const { database, resolveTenant, viewer } = context;
  const values = parseInput(CreateContactRules, input);
  assertReachable(values);
  const { messagingTenantId } = values;
  const tenant = await resolveTenant({ messagingTenantId });
  assertWritable(tenant, 'messaging', 'input.messagingTenantId');

  return withConflicts(contactConflicts, () =>
    database.transaction(async (transaction) => {
      const { manager } = transaction;
      const contact = manager.create(Contact, {
        id: newId(viewer, values.id),
        messagingTenantId,
        email: values.email ?? null,
        phoneNumber: values.phoneNumber ?? null,
        firstName: values.firstName ?? null,
        lastName: values.lastName ?? null,
        emailOptIn: values.emailOptIn ?? false,
        smsOptIn: values.smsOptIn ?? false,
        pushOptIn: values.pushOptIn ?? false,
        whatsappOptIn: values.whatsappOptIn ?? false,
        createdBy: viewer.subject,
        updatedBy: viewer.subject,
      });
      await manager.insert(Contact, contact);
      await transaction.record({
        action: 'createContact',
        tenantKey: messagingTenantId,
        recordType: 'Contact',
        recordId: contact.id,
        before: null,
        after: contact,
      });
      await transaction.publish({
        type: 'contact.created',
        tenantKey: messagingTenantId,
        tenant,
        payload: { contactId: contact.id, messagingTenantId },
      });
      return contact;
    }),
  );
}
