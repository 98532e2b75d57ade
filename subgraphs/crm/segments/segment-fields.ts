import { customerStatuses, lifecycleStages } from '../customers/customer.entity';
import type { SegmentField, SegmentOperator } from '../graphql.generated';

export type FieldKind = 'number' | 'text' | 'choice' | 'boolean' | 'timestamp' | 'tags' | 'uuid';

interface FieldDefinition {
  /** Of the table `customer`. */
  column: string;
  kind: FieldKind;
  /** What a field of kind `choice` can be. */
  choices?: readonly string[];
}

/** The fields that criteria may look at, in the words of the platform's documentation; nothing else reaches SQL. */
export const segmentFields: Record<SegmentField, FieldDefinition> = {
  status: { column: 'status', kind: 'choice', choices: customerStatuses },
  lifecycleStage: { column: 'lifecycle_stage', kind: 'choice', choices: lifecycleStages },
  engagementScore: { column: 'engagement_score', kind: 'number' },
  churnRiskScore: { column: 'churn_risk_score', kind: 'number' },
  lifetimeValue: { column: 'lifetime_value', kind: 'number' },
  lastActivityAt: { column: 'last_activity_at', kind: 'timestamp' },
  activityCount30d: { column: 'activity_count_30d', kind: 'number' },
  tags: { column: 'tags', kind: 'tags' },
  membershipStatus: { column: 'membership_status', kind: 'text' },
  membershipTier: { column: 'membership_tier', kind: 'text' },
  memberSince: { column: 'member_since', kind: 'timestamp' },
  membershipExpiry: { column: 'membership_expiry', kind: 'timestamp' },
  handicap: { column: 'handicap', kind: 'number' },
  homeClubId: { column: 'home_club_id', kind: 'uuid' },
  bookingCount30d: { column: 'booking_count_30d', kind: 'number' },
  lastBookingAt: { column: 'last_booking_at', kind: 'timestamp' },
  emailOptIn: { column: 'email_opt_in', kind: 'boolean' },
  smsOptIn: { column: 'sms_opt_in', kind: 'boolean' },
  pushOptIn: { column: 'push_opt_in', kind: 'boolean' },
  whatsappOptIn: { column: 'whatsapp_opt_in', kind: 'boolean' },
  lastEmailOpenAt: { column: 'last_email_open_at', kind: 'timestamp' },
};

const equality: SegmentOperator[] = ['eq', 'neq'];
const order: SegmentOperator[] = ['gt', 'gte', 'lt', 'lte'];
const presence: SegmentOperator[] = ['isNull', 'isNotNull'];

/** The operators that a field of a kind takes. */
export const operatorsOf: Record<FieldKind, readonly SegmentOperator[]> = {
  number: [...equality, ...order, 'in', ...presence],
  text: [...equality, 'in', 'contains', ...presence],
  choice: [...equality, 'in', ...presence],
  boolean: [...equality, ...presence],
  timestamp: [...order, ...presence],
  tags: ['in', 'contains', ...presence],
  uuid: [...equality, 'in', ...presence],
};

/** Every operator there is. */
export const segmentOperators: readonly SegmentOperator[] = [
  ...equality,
  ...order,
  'in',
  'contains',
  ...presence,
];
