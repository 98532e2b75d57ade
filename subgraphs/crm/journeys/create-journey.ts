import { v7 as uuid7 } from 'uuid';
import { withConflicts } from '../../../shared/database/postgres-errors';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { CreateJourneyInput } from '../graphql.generated';
import { withNamedTenant } from '../tenancy/named-tenant';
import { getWritableTenant, holdTenant } from '../tenancy/writable-tenant';
import { Journey } from './journey.entity';
import { CreateJourneyRules } from './journey-input';
import { assertStepsFit } from './journey-rules';
import { assertJourneysFit, replaceSteps } from './journey-store';

/** The unique constraints that a journey's row can meet, and what the caller learns of them. */
export const journeyConflicts = {
  journey_tenant_id_name_key: {
    path: 'input.name',
    message: 'another journey of this tenant has this name',
  },
};

/**
 * Creates a journey in DRAFT, as long as the tenant has fewer than 200. Throws `BAD_USER_INPUT`, `CONFLICT` when the
 * name is taken, and what `getWritableTenant` throws.
 */
export async function createJourney(context: Context, input: CreateJourneyInput): Promise<Journey> {
  const { tenantId, steps, timezone, ...values } = parseInput(
    CreateJourneyRules,
    await withNamedTenant(context, input),
  );
  assertStepsFit(steps, 'input.steps');
  const tenant = await getWritableTenant(context, { id: tenantId }, 'input.tenantId');

  const { database, viewer } = context;
  return withConflicts(journeyConflicts, () =>
    database.transaction(async (transaction) => {
      const held = await holdTenant(transaction, tenant, 'one at a time');
      const journey = transaction.manager.create(Journey, {
        ...held,
        ...values,
        id: uuid7(),
        timezone: timezone ?? undefined,
        createdBy: viewer.subject,
        updatedBy: viewer.subject,
      });
      await transaction.manager.insert(Journey, journey);
      await replaceSteps(transaction, [{ ...held, id: journey.id, steps }]);
      await assertJourneysFit(transaction, [held.tenantId], 'input.tenantId');
      await transaction.record({
        action: 'createJourney',
        tenantKey: journey.tenantId,
        recordType: 'Journey',
        recordId: journey.id,
        before: null,
        after: { ...journey, steps },
      });
      return journey;
    }),
  );
}
