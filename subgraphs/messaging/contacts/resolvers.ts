import { type AskedOf, askedOfConnection } from '../../../shared/graphql/asked-fields';
import { parseInput, parseKey, parseUuid } from '../../../shared/input/parse-input';
import { emptyConnection, parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationCreateContactArgs,
  MutationUpdateContactArgs,
  QueryContactArgs,
  QueryContactsArgs,
  TenantContactsArgs,
} from '../graphql.generated';
import type { TenantReference } from '../tenants/tenant-reference';
import type { Contact } from './contact.entity';
import { ContactFilterRules } from './contact-input';
import { createContact } from './create-contact';
import { updateContact } from './update-contact';

export const contactResolvers = {
  Query: {
    contact: (_root: unknown, { id }: QueryContactArgs, { contacts }: Context) =>
      contacts.findById(parseUuid(id, 'id')),
    async contacts(_root: unknown, args: QueryContactsArgs, { contacts, isServed }: Context, info: AskedOf) {
      const messagingTenantId = parseKey(args.messagingTenantId, 'messagingTenantId');
      const { email, phoneNumber, text } = parseInput(ContactFilterRules, args.filter ?? {}, 'filter');
      const page = parsePage(args);
      if (!(await isServed({ messagingTenantId }))) return emptyConnection<Contact>();
      const filter = { email, phoneNumber, text };
      return contacts.listByMessagingTenantId(messagingTenantId, page, filter, askedOfConnection(info));
    },
  },
  Mutation: {
    createContact: (_root: unknown, { input }: MutationCreateContactArgs, context: Context) =>
      createContact(context, input),
    updateContact: (_root: unknown, { id, input }: MutationUpdateContactArgs, context: Context) =>
      updateContact(context, id, input),
  },
  Contact: {
    __resolveReference: ({ id }: { id: string }, { contacts }: Context) =>
      contacts.findById(parseUuid(id, 'id')),
  },
  Tenant: {
    contacts({ registry }: TenantReference, args: TenantContactsArgs, { contacts }: Context, info: AskedOf) {
      const page = parsePage(args);
      if (!registry?.messagingEnabled || registry.messagingTenantId === null)
        return emptyConnection<Contact>();
      return contacts.listByMessagingTenantId(registry.messagingTenantId, page, {}, askedOfConnection(info));
    },
  },
};
