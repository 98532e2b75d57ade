import { withConflicts } from '../../../shared/database/postgres-errors';
import { badInput, notFound, stateConflict } from '../../../shared/errors/coded-error';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { UpdateSclTenantInput } from '../graphql.generated';
import { sclTenantConflicts } from './add-scl-tenant';
import { assertCodeWritable } from './assert-code-writable';
import { SclTenant } from './scl-tenant.entity';
import { UpdateSclTenantRules } from './scl-tenant-input';
import { lockSclTenant } from './scl-tenant-store';

/**
 * Changes what is given; an SCL tenant that is so already stays untouched. Throws `BAD_USER_INPUT`, also for another
 * code while the registry maps the present one, `NOT_FOUND`, `CONFLICT` when the code is taken, and what
 * `assertCodeWritable` throws.
 */
export async function updateSclTenant(
  context: Context,
  id: string,
  input: UpdateSclTenantInput,
): Promise<SclTenant> {
  const { database, sclTenants, viewer } = context;
  const sclTenantId = parseUuid(id, 'id');
  const changes = parseInput(UpdateSclTenantRules, input);
  const codeBefore = await assertChangeable(context, sclTenantId, changes.code);

  const updated = await withConflicts(sclTenantConflicts, () =>
    database.transaction(async (transaction) => {
      const sclTenant = await lockSclTenant(database, transaction, sclTenantId);
      if (sclTenant === null) throw notFound('id', 'SCL tenant');
      if (changes.code !== undefined && sclTenant.code !== codeBefore) {
        throw stateConflict('input.code', 'the code was changed meanwhile; look at it, then repeat');
      }
      if (changedFields(sclTenant, changes).length === 0) return sclTenant;
      const stamped = { ...changes, updatedAt: new Date(), updatedBy: viewer.subject };
      await transaction.manager.update(SclTenant, { id: sclTenantId }, stamped);
      const changed = { ...sclTenant, ...stamped };
      await transaction.record({
        action: 'updateSclTenant',
        tenantKey: changed.code,
        recordType: 'SclTenant',
        recordId: sclTenantId,
        before: sclTenant,
        after: changed,
      });
      return changed;
    }),
  );
  sclTenants.forget();
  return updated;
}

/** Answers the present code, for which the change was allowed. */
async function assertChangeable(context: Context, id: string, nextCode: string | undefined): Promise<string> {
  const current = await context.sclTenants.findById(id);
  if (current === null) throw notFound('id', 'SCL tenant');
  const tenant = await assertCodeWritable(context, current.code, 'id');
  if (nextCode === undefined || nextCode === current.code) return current.code;

  if (tenant !== null) {
    const message = `the registry maps ${current.code} to tenant ${tenant.slug}, which would lose its SCL data`;
    throw badInput('input.code', 'mapped', message);
  }
  await assertCodeWritable(context, nextCode, 'input.code');
  return current.code;
}
