import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TenantRow } from '../tenancy/tenant-row';

export const leadStatuses = ['NEW', 'CONTACTED', 'QUALIFIED', 'CONVERTED', 'LOST'] as const;

@Entity({ name: 'lead' })
export class Lead extends TenantRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text', default: 'NEW' })
  status!: (typeof leadStatuses)[number];

  /** In lower case. */
  @Column({ type: 'text', nullable: true })
  email!: string | null;

  /** E.164. */
  @Column({ name: 'phone_number', type: 'text', nullable: true })
  phoneNumber!: string | null;

  @Column({ name: 'first_name', type: 'text', nullable: true })
  firstName!: string | null;

  @Column({ name: 'last_name', type: 'text', nullable: true })
  lastName!: string | null;

  @Column({ type: 'text', nullable: true })
  company!: string | null;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  @Column({ type: 'text', nullable: true })
  source!: string | null;

  @Column({ name: 'utm_source', type: 'text', nullable: true })
  utmSource!: string | null;

  @Column({ name: 'utm_medium', type: 'text', nullable: true })
  utmMedium!: string | null;

  @Column({ name: 'utm_campaign', type: 'text', nullable: true })
  utmCampaign!: string | null;

  @Column({ name: 'utm_term', type: 'text', nullable: true })
  utmTerm!: string | null;

  @Column({ name: 'utm_content', type: 'text', nullable: true })
  utmContent!: string | null;

  @Column({ name: 'consent_given', type: 'boolean' })
  consentGiven!: boolean;

  /** There exactly when consent was given. */
  @Column({ name: 'consent_at', type: 'timestamptz', precision: 3, nullable: true })
  consentAt!: Date | null;

  /** From which network address consent was given; only with consent. */
  @Column({ name: 'consent_address', type: 'inet', nullable: true })
  consentAddress!: string | null;

  /** Which version of the form the person saw, as the form says. */
  @Column({ name: 'form_version', type: 'text', nullable: true })
  formVersion!: string | null;

  /** A customer of the same tenant. */
  @Column({ name: 'customer_id', type: 'uuid', nullable: true })
  customerId!: string | null;

  /** Unique within the tenant. */
  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey!: string | null;

  /** SHA-256 of the canonical input, by which a repeated call is told from another one. */
  @Column({ name: 'input_digest', type: 'text' })
  inputDigest!: string;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'updated_by', type: 'text' })
  updatedBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}
