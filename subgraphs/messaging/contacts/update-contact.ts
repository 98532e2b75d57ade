import { notFound } from '../../../shared/errors/coded-error';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import { assertWritable } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';
import type { UpdateContactInput } from '../graphql.generated';
import { Contact } from './contact.entity';
import { UpdateContactRules } from './contact-input';
import { assertReachable } from './contact-rules';
import { lockContact } from './contact-store';

/**
 * Changes what is given; a contact that is so already stays untouched. Throws `BAD_USER_INPUT`, also when neither an
 * e-mail address nor a telephone number would remain, `NOT_FOUND`, and what `assertWritable` throws when the contact's
 * tenant cannot have contacts.
 */
export async function updateContact(
  context: Context,
  id: string,
  input: UpdateContactInput,
): Promise<Contact> {
  const { database, resolveTenant, contacts, viewer } = context;
  const contactId = parseUuid(id, 'id');
  const changes = parseInput(UpdateContactRules, input);

  const current = await contacts.findById(contactId);
  if (current === null) throw notFound('id', 'contact');
  const { messagingTenantId } = current;
  const tenant = await resolveTenant({ messagingTenantId });
  assertWritable(tenant, 'messaging', 'id');

  return database.transaction(async (transaction) => {
    const contact = await lockContact(database, transaction, contactId);
    if (contact === null) throw notFound('id', 'contact');
    assertReachable({ ...contact, ...changes });
    const names = changedFields(contact, changes);
    if (names.length === 0) return contact;
    const stamped = { ...changes, updatedAt: new Date(), updatedBy: viewer.subject };
    await transaction.manager.update(Contact, { id: contactId }, stamped);
    const changed = { ...contact, ...stamped };
    await transaction.record({
      action: 'updateContact',
      tenantKey: contact.messagingTenantId,
      recordType: 'Contact',
      recordId: contactId,
      before: contact,
      after: changed,
    });
    await transaction.publish({
      type: 'contact.updated',
      tenantKey: messagingTenantId,
      tenant,
      payload: { contactId, messagingTenantId, changed: names },
    });
    return changed;
  });
}
