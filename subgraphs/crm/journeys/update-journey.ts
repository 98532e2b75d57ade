import { withConflicts } from '../../../shared/database/postgres-errors';
import { notFound } from '../../../shared/errors/coded-error';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { UpdateJourneyInput } from '../graphql.generated';
import { getWritableTenantOf, holdTenant } from '../tenancy/writable-tenant';
import { journeyConflicts } from './create-journey';
import { Journey } from './journey.entity';
import { UpdateJourneyRules } from './journey-input';
import { assertChangeable, assertStepsFit } from './journey-rules';
import { listSteps, lockJourney, replaceSteps } from './journey-store';

/**
 * Changes what is given; a journey that is so already stays untouched, given steps always replace the old ones. Throws
 * `BAD_USER_INPUT`, also for steps after the draft and for what a template pack owns, `NOT_FOUND`, `CONFLICT` when the
 * name is taken, and what `getWritableTenant` throws.
 */
export async function updateJourney(
  context: Context,
  id: string,
  input: UpdateJourneyInput,
): Promise<Journey> {
  const { database, viewer } = context;
  const journeyId = parseUuid(id, 'id');
  const { steps, ...changes } = parseInput(UpdateJourneyRules, input);
  if (steps) assertStepsFit(steps, 'input.steps');
  const tenant = await getWritableTenantOf(context, {
    table: 'journey',
    id: journeyId,
    thing: 'journey',
  });

  return withConflicts(journeyConflicts, () =>
    database.transaction(async (transaction) => {
      // The tenant first, as everywhere: two transactions that hold and wait in one order never block each other.
      const held = await holdTenant(transaction, tenant);
      const journey = await lockJourney(database, transaction, journeyId);
      if (journey === null) throw notFound('id', 'journey');
      assertChangeable(journey, { ...changes, steps });
      if (!steps && changedFields<Journey>(journey, changes).length === 0) return journey;
      const stepsBefore = await listSteps(database, transaction, journey);
      if (steps) await replaceSteps(transaction, [{ ...held, id: journeyId, steps }]);
      const written = { ...changes, updatedAt: new Date(), updatedBy: viewer.subject };
      await transaction.manager.update(Journey, { id: journeyId }, written);
      const changed = { ...journey, ...written };
      await transaction.record({
        action: 'updateJourney',
        tenantKey: journey.tenantId,
        recordType: 'Journey',
        recordId: journeyId,
        before: { ...journey, steps: stepsBefore },
        after: { ...changed, steps: steps ?? stepsBefore },
      });
      return changed;
    }),
  );
}
