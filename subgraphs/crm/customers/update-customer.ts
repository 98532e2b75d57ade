import { withConflicts } from '../../../shared/database/postgres-errors';
import { notFound } from '../../../shared/errors/coded-error';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { UpdateCustomerInput } from '../graphql.generated';
import { tenantOfRow } from '../tenancy/tenant-row';
import { getWritableTenantOf } from '../tenancy/writable-tenant';
import { customerConflicts } from './create-customer';
import { Customer } from './customer.entity';
import { CustomerRules } from './customer-input';
import { assertIdentified } from './customer-rules';
import { lockCustomer } from './customer-store';

/**
 * Changes what is given; a customer that is so already stays untouched. Throws `BAD_USER_INPUT`, `NOT_FOUND`,
 * `CONFLICT` when another customer has the login, and what `getWritableTenant` throws.
 */
export async function updateCustomer(
  context: Context,
  id: string,
  input: UpdateCustomerInput,
): Promise<Customer> {
  const { database, viewer } = context;
  const customerId = parseUuid(id, 'id');
  const changes: Partial<Customer> = { ...parseInput(CustomerRules, input) };
  await getWritableTenantOf(context, { table: 'customer', id: customerId, thing: 'customer' });

  return withConflicts(customerConflicts, () =>
    database.transaction(async (transaction) => {
      const customer = await lockCustomer(database, transaction, customerId);
      if (customer === null) throw notFound('id', 'customer');
      assertIdentified({ ...customer, ...changes }, 'input');
      const names = changedFields(customer, changes);
      if (names.length === 0) return customer;
      const written = { ...changes, updatedAt: new Date(), updatedBy: viewer.subject };
      await transaction.manager.update(Customer, { id: customerId }, written);
      const changed = { ...customer, ...written };
      await transaction.record({
        action: 'updateCustomer',
        tenantKey: customer.tenantId,
        recordType: 'Customer',
        recordId: customerId,
        before: customer,
        after: changed,
      });
      await transaction.publish({
        type: 'crm.profile.updated',
        ...tenantOfRow(customer),
        payload: { customerId, changed: names },
      });
      return changed;
    }),
  );
}
