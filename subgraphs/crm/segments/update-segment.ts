import { withConflicts } from '../../../shared/database/postgres-errors';
import { notFound } from '../../../shared/errors/coded-error';
import { changedFields } from '../../../shared/input/changed-fields';
import { parseInput, parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { UpdateSegmentInput } from '../graphql.generated';
import { getWritableTenantOf } from '../tenancy/writable-tenant';
import { segmentConflicts } from './create-segment';
import { Segment } from './segment.entity';
import { UpdateSegmentRules } from './segment-input';
import { assertCriteriaFit, assertNotOwnedByPack, parseUsableCriteria } from './segment-rules';
import { lockSegment } from './segment-store';

/**
 * Changes what is given; a segment that is so already stays untouched. Throws `BAD_USER_INPUT`, also for what a
 * template pack owns, `NOT_FOUND`, `CONFLICT` when the name is taken, and what `getWritableTenant` throws.
 */
export async function updateSegment(
  context: Context,
  id: string,
  input: UpdateSegmentInput,
): Promise<Segment> {
  const { database, viewer } = context;
  const segmentId = parseUuid(id, 'id');
  const changes = parseChanges(input);
  await getWritableTenantOf(context, { table: 'segment', id: segmentId, thing: 'segment' });

  return withConflicts(segmentConflicts, () =>
    database.transaction(async (transaction) => {
      const segment = await lockSegment(database, transaction, segmentId);
      if (segment === null) throw notFound('id', 'segment');
      assertNotOwnedByPack(segment, changes);
      const next = { ...segment, ...changes };
      assertCriteriaFit(next.type, next.criteria);
      if (changedFields(segment, changes).length === 0) return segment;
      const written = { ...changes, updatedAt: new Date(), updatedBy: viewer.subject };
      await transaction.manager.update(Segment, { id: segmentId }, written);
      const changed = { ...next, ...written };
      await transaction.record({
        action: 'updateSegment',
        tenantKey: segment.tenantId,
        recordType: 'Segment',
        recordId: segmentId,
        before: segment,
        after: changed,
      });
      return changed;
    }),
  );
}

function parseChanges({ criteria, ...given }: UpdateSegmentInput): Partial<Segment> {
  const changes: Partial<Segment> = { ...parseInput(UpdateSegmentRules, given) };
  if (criteria === undefined) return changes;
  return { ...changes, criteria: criteria && parseUsableCriteria(criteria, 'input.criteria') };
}
