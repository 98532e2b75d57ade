import { Column, Entity, PrimaryColumn } from 'typeorm';

/** By whom a tenant's messages are sent; `internal` is the platform's own sender. */
export const MESSAGING_PROVIDERS = ['sendgrid', 'twilio', 'internal'] as const;

export type MessagingProvider = (typeof MESSAGING_PROVIDERS)[number];

/** What Messaging knows of a tenant itself. Contacts may be there under an id that has no such row. */
@Entity({ schema: 'messaging', name: 'messaging_tenant' })
export class MessagingTenant {
  /** What the registry holds as `messagingTenantId`. */
  @PrimaryColumn({ name: 'messaging_tenant_id', type: 'text' })
  messagingTenantId!: string;

  @Column({ type: 'text' })
  provider!: MessagingProvider;

  /** The provisioning run that made the row, or `null`. */
  @Column({ name: 'run_id', type: 'uuid', nullable: true })
  runId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;

  @Column({ name: 'updated_by', type: 'text' })
  updatedBy!: string;
}
