import { notFound } from '../../../shared/errors/coded-error';
import { parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { JourneyStatus } from '../graphql.generated';
import { getWritableTenantOf } from '../tenancy/writable-tenant';
import { Journey } from './journey.entity';
import { moveJourney } from './journey-rules';
import { countSteps, lockJourney } from './journey-store';

/**
 * Moves a journey on; one that is there already stays untouched. Throws `BAD_USER_INPUT` for a move that is not
 * allowed, `NOT_FOUND`, and what `getWritableTenant` throws.
 */
export async function setJourneyStatus(context: Context, id: string, to: JourneyStatus): Promise<Journey> {
  const { database, viewer } = context;
  const journeyId = parseUuid(id, 'id');
  await getWritableTenantOf(context, { table: 'journey', id: journeyId, thing: 'journey' });

  return database.transaction(async (transaction) => {
    const journey = await lockJourney(database, transaction, journeyId);
    if (journey === null) throw notFound('id', 'journey');
    const now = new Date();
    const stepCount = await countSteps(transaction, journeyId);
    const changes = moveJourney(journey, { to, stepCount, now });
    if (changes.status === undefined) return journey;
    const written = { ...changes, updatedAt: now, updatedBy: viewer.subject };
    await transaction.manager.update(Journey, { id: journeyId }, written);
    const changed = { ...journey, ...written };
    await transaction.record({
      action: 'setJourneyStatus',
      tenantKey: journey.tenantId,
      recordType: 'Journey',
      recordId: journeyId,
      before: journey,
      after: changed,
    });
    return changed;
  });
}
