import { parseUuid } from '../../../shared/input/parse-input';
import { parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationCreateSegmentArgs,
  MutationUpdateSegmentArgs,
  QuerySegmentArgs,
  SegmentMembersArgs,
} from '../graphql.generated';
import { readableTenantId, type TenantReference } from '../tenancy/tenant-reference';
import { createSegment } from './create-segment';
import type { Segment } from './segment.entity';
import { updateSegment } from './update-segment';

export const segmentResolvers = {
  Query: {
    segment: (_root: unknown, { id }: QuerySegmentArgs, { segments }: Context) =>
      segments.findById(parseUuid(id, 'id')),
  },
  Mutation: {
    createSegment: (_root: unknown, { input }: MutationCreateSegmentArgs, context: Context) =>
      createSegment(context, input),
    updateSegment: (_root: unknown, { id, input }: MutationUpdateSegmentArgs, context: Context) =>
      updateSegment(context, id, input),
  },
  Segment: {
    __resolveReference: ({ id }: { id: string }, { segments }: Context) =>
      segments.findById(parseUuid(id, 'id')),
    tenant: ({ tenantId }: Segment) => ({ id: tenantId }),
    memberCount: (segment: Segment, _args: unknown, { segments }: Context) => segments.countMembers(segment),
    members: (segment: Segment, args: SegmentMembersArgs, { segments }: Context) =>
      segments.listMembers(segment, parsePage(args)),
  },
  Tenant: {
    segments(tenant: TenantReference, _args: unknown, { segments }: Context) {
      const tenantId = readableTenantId(tenant);
      return tenantId === null ? [] : segments.listOfTenant(tenantId);
    },
  },
};
