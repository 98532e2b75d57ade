import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../tenancy/tenant-row';

export const customerStatuses = ['ACTIVE', 'INACTIVE', 'MERGED', 'DELETED'] as const;
export const lifecycleStages = [
  'SUBSCRIBER',
  'LEAD',
  'PROSPECT',
  'CUSTOMER',
  'MEMBER',
  'ADVOCATE',
  'CHURNED',
] as const;

@Entity({ name: 'customer' })
export class Customer extends TenantRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Unique within the tenant. */
  @Column({ name: 'auth_user_id', type: 'text', nullable: true })
  authUserId!: string | null;

  /** In lower case; not unique. */
  @Column({ type: 'text', nullable: true })
  email!: string | null;

  /** E.164; not unique. */
  @Column({ name: 'phone_number', type: 'text', nullable: true })
  phoneNumber!: string | null;

  @Column({ name: 'scl_member_id', type: 'integer', nullable: true })
  sclMemberId!: number | null;

  @Column({ name: 'teetime_player_id', type: 'uuid', nullable: true })
  teetimePlayerId!: string | null;

  @Column({ name: 'messaging_contact_id', type: 'text', nullable: true })
  messagingContactId!: string | null;

  @Column({ name: 'first_name', type: 'text', nullable: true })
  firstName!: string | null;

  @Column({ name: 'last_name', type: 'text', nullable: true })
  lastName!: string | null;

  @Column({ name: 'display_name', type: 'text', nullable: true })
  displayName!: string | null;

  @Column({ type: 'text', default: 'ACTIVE' })
  status!: (typeof customerStatuses)[number];

  @Column({ name: 'lifecycle_stage', type: 'text', default: 'SUBSCRIBER' })
  lifecycleStage!: (typeof lifecycleStages)[number];

  @Column({ type: 'text', array: true, default: '{}' })
  tags!: string[];

  /** 0 to 100, as the next. */
  @Column({ name: 'engagement_score', type: 'integer', default: 0 })
  engagementScore!: number;

  @Column({ name: 'churn_risk_score', type: 'integer', default: 0 })
  churnRiskScore!: number;

  /** Cents. */
  @Column({ name: 'lifetime_value', type: 'integer', default: 0 })
  lifetimeValue!: number;

  @Column({ name: 'last_activity_at', type: 'timestamptz', precision: 3, nullable: true })
  lastActivityAt!: Date | null;

  @Column({ name: 'activity_count_30d', type: 'integer', default: 0 })
  activityCount30d!: number;

  @Column({ name: 'booking_count_30d', type: 'integer', default: 0 })
  bookingCount30d!: number;

  @Column({ name: 'last_booking_at', type: 'timestamptz', precision: 3, nullable: true })
  lastBookingAt!: Date | null;

  @Column({ name: 'last_email_open_at', type: 'timestamptz', precision: 3, nullable: true })
  lastEmailOpenAt!: Date | null;

  /** -10 to 54. */
  @Column({ type: 'double precision', nullable: true })
  handicap!: number | null;

  @Column({ name: 'home_club_id', type: 'uuid', nullable: true })
  homeClubId!: string | null;

  @Column({ name: 'home_club_name', type: 'text', nullable: true })
  homeClubName!: string | null;

  @Column({ name: 'membership_tier', type: 'text', nullable: true })
  membershipTier!: string | null;

  @Column({ name: 'membership_status', type: 'text', nullable: true })
  membershipStatus!: string | null;

  @Column({ name: 'member_since', type: 'timestamptz', precision: 3, nullable: true })
  memberSince!: Date | null;

  @Column({ name: 'membership_expiry', type: 'timestamptz', precision: 3, nullable: true })
  membershipExpiry!: Date | null;

  /** Messaging owns consent; this and the next three are copies. */
  @Column({ name: 'email_opt_in', type: 'boolean', default: false })
  emailOptIn!: boolean;

  @Column({ name: 'sms_opt_in', type: 'boolean', default: false })
  smsOptIn!: boolean;

  @Column({ name: 'push_opt_in', type: 'boolean', default: false })
  pushOptIn!: boolean;

  @Column({ name: 'whatsapp_opt_in', type: 'boolean', default: false })
  whatsappOptIn!: boolean;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'updated_by', type: 'text' })
  updatedBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}
