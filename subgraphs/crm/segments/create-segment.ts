import { v7 as uuid7 } from 'uuid';
import { withConflicts } from '../../../shared/database/postgres-errors';
import { parseInput } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type { CreateSegmentInput } from '../graphql.generated';
import { withNamedTenant } from '../tenancy/named-tenant';
import { getWritableTenant, holdTenant } from '../tenancy/writable-tenant';
import { Segment } from './segment.entity';
import { CreateSegmentRules } from './segment-input';
import { assertCriteriaFit, parseUsableCriteria } from './segment-rules';
import { assertSegmentsFit } from './segment-store';

/** The unique constraints that a segment's row can meet, and what the caller learns of them. */
export const segmentConflicts = {
  segment_tenant_id_name_key: {
    path: 'input.name',
    message: 'another segment of this tenant has this name',
  },
};

/**
 * Creates a segment of a tenant, as long as it has fewer than 200. Throws `BAD_USER_INPUT`, `CONFLICT` when the name is
 * taken, and what `getWritableTenant` throws.
 */
export async function createSegment(context: Context, input: CreateSegmentInput): Promise<Segment> {
  const { criteria: rawCriteria, ...given } = await withNamedTenant(context, input);
  const { tenantId, type = 'DYNAMIC', ...values } = parseInput(CreateSegmentRules, given);
  const criteria = rawCriteria ? parseUsableCriteria(rawCriteria, 'input.criteria') : null;
  assertCriteriaFit(type, criteria);
  const tenant = await getWritableTenant(context, { id: tenantId }, 'input.tenantId');

  const { database, viewer } = context;
  return withConflicts(segmentConflicts, () =>
    database.transaction(async (transaction) => {
      const held = await holdTenant(transaction, tenant, 'one at a time');
      const segment = transaction.manager.create(Segment, {
        ...held,
        ...values,
        id: uuid7(),
        type,
        criteria,
        createdBy: viewer.subject,
        updatedBy: viewer.subject,
      });
      await transaction.manager.insert(Segment, segment);
      await assertSegmentsFit(transaction, [held.tenantId], 'input.tenantId');
      await transaction.record({
        action: 'createSegment',
        tenantKey: segment.tenantId,
        recordType: 'Segment',
        recordId: segment.id,
        before: null,
        after: segment,
      });
      return segment;
    }),
  );
}
