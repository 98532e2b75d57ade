import { badInput, notFound } from '../../../shared/errors/coded-error';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { UpdateLeadInput } from '../graphql.generated';
import { tenantOfRow } from '../tenancy/tenant-row';
import { getWritableTenantOf } from '../tenancy/writable-tenant';
import { Lead } from './lead.entity';
import { UpdateLeadRules } from './lead-input';
import { assertReachable, isConverted } from './lead-rules';
import { holdCustomer, lockLead } from './lead-store';

/**
 * Changes what is given; a lead that is so already stays untouched. Throws `BAD_USER_INPUT`, also for a customer of
 * another tenant, `NOT_FOUND`, and what `getWritableTenant` throws.
 */
export async function updateLead(context: Context, id: string, input: UpdateLeadInput): Promise<Lead> {
  const { database, viewer } = context;
  const leadId = parseUuid(id, 'id');
  const changes: Partial<Lead> = { ...parseInput(UpdateLeadRules, input) };
  await getWritableTenantOf(context, { table: 'lead', id: leadId, thing: 'lead' });

  return database.transaction(async (transaction) => {
    const lead = await lockLead(database, transaction, leadId);
    if (lead === null) throw notFound('id', 'lead');
    assertReachable({ ...lead, ...changes }, 'input');
    const { customerId } = changes;
    if (customerId && !(await holdCustomer(transaction, lead.tenantId, customerId))) {
      throw badInput('input.customerId', 'exists', 'no customer of this tenant has this id');
    }
    const names = changedFields(lead, changes);
    if (names.length === 0) return lead;
    const written = { ...changes, updatedAt: new Date(), updatedBy: viewer.subject };
    await transaction.manager.update(Lead, { id: leadId }, written);
    const changed = { ...lead, ...written };
    await transaction.record({
      action: 'updateLead',
      tenantKey: lead.tenantId,
      recordType: 'Lead',
      recordId: leadId,
      before: lead,
      after: changed,
    });
    const tenant = tenantOfRow(lead);
    await transaction.publish({ type: 'crm.lead.updated', ...tenant, payload: { leadId, changed: names } });
    if (isConverted(changed) && !isConverted(lead)) {
      const payload = { leadId, customerId: changed.customerId };
      await transaction.publish({ type: 'crm.lead.converted', ...tenant, payload });
    }
    return changed;
  });
}
