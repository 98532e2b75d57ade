import { v7 as uuid7 } from 'uuid';
import { withConflicts } from '../../../shared/database/postgres-errors';
import { parseInput } from '../../../shared/input/parse-input';
import { withoutNulls } from '../../../shared/input/without-nulls';
import type { Context } from '../context';
import type { CreateCustomerInput } from '../graphql.generated';
import { withNamedTenant } from '../tenancy/named-tenant';
import { tenantOfRow } from '../tenancy/tenant-row';
import { getWritableTenant, holdTenant } from '../tenancy/writable-tenant';
import { Customer } from './customer.entity';
import { CreateCustomerRules } from './customer-input';
import { assertIdentified } from './customer-rules';

/** The unique constraints that a customer's row can meet, and what the caller learns of them. */
export const customerConflicts = {
  customer_tenant_id_auth_user_id_key: {
    path: 'input.authUserId',
    message: 'another customer of this tenant has this login',
  },
};

/**
 * Creates a customer of a tenant. Throws `BAD_USER_INPUT`, `CONFLICT` when another customer has the login, and what
 * `getWritableTenant` throws.
 */
export async function createCustomer(context: Context, input: CreateCustomerInput): Promise<Customer> {
  const given = withoutNulls(await withNamedTenant(context, input));
  const { tenantId, ...profile } = parseInput(CreateCustomerRules, given);
  assertIdentified(profile, 'input');
  const tenant = await getWritableTenant(context, { id: tenantId }, 'input.tenantId');

  const { database, viewer } = context;
  return withConflicts(customerConflicts, () =>
    database.transaction(async (transaction) => {
      const customer = transaction.manager.create(Customer, {
        ...(await holdTenant(transaction, tenant)),
        ...profile,
        id: uuid7(),
        createdBy: viewer.subject,
        updatedBy: viewer.subject,
      });
      await transaction.manager.insert(Customer, customer);
      await transaction.record({
        action: 'createCustomer',
        tenantKey: customer.tenantId,
        recordType: 'Customer',
        recordId: customer.id,
        before: null,
        after: customer,
      });
      await transaction.publish({
        type: 'crm.profile.created',
        ...tenantOfRow(customer),
        payload: { customerId: customer.id },
      });
      return customer;
    }),
  );
}
