import { Column, Entity, PrimaryColumn } from 'typeorm';
import type {
  JourneyChannel,
  JourneyStatus,
  JourneyStepType,
  JourneyTrigger,
  TemplatePackKey,
} from '../graphql.generated';
import { TenantRow } from '../tenancy/tenant-row';

@Entity({ name: 'journey' })
export class Journey extends TenantRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Unique within the tenant. */
  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'text', default: 'DRAFT' })
  status!: JourneyStatus;

  @Column({ name: 'trigger_type', type: 'text' })
  triggerType!: JourneyTrigger;

  /** IANA name. */
  @Column({ type: 'text', default: 'Africa/Johannesburg' })
  timezone!: string;

  /** Whether a template pack owns the journey; the next two say which, and which version wrote it last. */
  @Column({ name: 'is_system', type: 'boolean', default: false })
  isSystem!: boolean;

  @Column({ name: 'pack_key', type: 'text', nullable: true })
  packKey!: TemplatePackKey | null;

  @Column({ name: 'pack_version', type: 'integer', nullable: true })
  packVersion!: number | null;

  @Column({ name: 'activated_at', type: 'timestamptz', precision: 3, nullable: true })
  activatedAt!: Date | null;

  @Column({ name: 'paused_at', type: 'timestamptz', precision: 3, nullable: true })
  pausedAt!: Date | null;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'updated_by', type: 'text' })
  updatedBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}

@Entity({ name: 'journey_step' })
export class JourneyStep extends TenantRow {
  @PrimaryColumn({ name: 'journey_id', type: 'uuid' })
  journeyId!: string;

  /** The step's place in its journey, from 1. */
  @PrimaryColumn({ name: 'step_number', type: 'integer' })
  stepNumber!: number;

  @Column({ type: 'text' })
  type!: JourneyStepType;

  @Column({ type: 'text', nullable: true })
  name!: string | null;

  /** There exactly for a SEND step. */
  @Column({ type: 'text', nullable: true })
  channel!: JourneyChannel | null;

  @Column({ name: 'template_id', type: 'text', nullable: true })
  templateId!: string | null;

  /** There exactly for a WAIT step. */
  @Column({ name: 'wait_days', type: 'integer', nullable: true })
  waitDays!: number | null;
}
