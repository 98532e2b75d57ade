import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Where events are posted to. Its secrets are rows of their own, so that nothing that reads subscriptions reads them. */
@Entity({ schema: 'access_control', name: 'webhook_subscription' })
export class WebhookSubscription {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** `null` for events of every tenant. */
  @Column({ name: 'tenant_id', type: 'uuid', nullable: true })
  tenantId!: string | null;

  @Column({ type: 'text' })
  url!: string;

  /** Types of events, or beginnings of types such as `crm.*`; empty for all. */
  @Column({ type: 'text', array: true })
  types!: string[];

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'text', default: 'ACTIVE' })
  status!: 'ACTIVE' | 'DISABLED';

  /** Why the graph disabled it by itself. */
  @Column({ name: 'disabled_reason', type: 'text', nullable: true })
  disabledReason!: string | null;

  /** Since when its receiver has taken nothing, by whatever came of the attempts. */
  @Column({ name: 'failing_since', type: 'timestamptz', precision: 3, nullable: true })
  failingSince!: Date | null;

  @Column({ name: 'secret_created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  secretCreatedAt!: Date;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  /** It hears of what happened from then on. */
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}
