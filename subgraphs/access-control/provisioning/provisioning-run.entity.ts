import { Column, Entity, PrimaryColumn } from 'typeorm';

export type ProvisioningStatus = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED';

@Entity({ schema: 'access_control', name: 'provisioning_run' })
export class ProvisioningRun {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  /** SHA-256 of the canonical input, by which a repeated call finds its run. */
  @Column({ name: 'input_digest', type: 'text' })
  inputDigest!: string;

  /** Unique; the caller's name for this run. */
  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey!: string | null;

  /** SHA-256 of the whole canonical request, which the key stands for. */
  @Column({ name: 'request_digest', type: 'text', nullable: true })
  requestDigest!: string | null;

  @Column({ type: 'text' })
  status!: ProvisioningStatus;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', precision: 3, nullable: true })
  finishedAt!: Date | null;
}

@Entity({ schema: 'access_control', name: 'provisioning_step' })
export class ProvisioningStep {
  @PrimaryColumn({ name: 'run_id', type: 'uuid' })
  runId!: string;

  /** The step's place in its run, from 1. */
  @PrimaryColumn({ type: 'integer' })
  position!: number;

  @Column({ type: 'text' })
  system!: 'ACCESS_CONTROL' | 'SCL' | 'TEETIME' | 'MESSAGING' | 'CRM';

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  status!: ProvisioningStatus;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ name: 'started_at', type: 'timestamptz', precision: 3, nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', precision: 3, nullable: true })
  finishedAt!: Date | null;

  @Column({ name: 'error_code', type: 'text', nullable: true })
  errorCode!: string | null;

  @Column({ name: 'error_message', type: 'text', nullable: true })
  errorMessage!: string | null;
}
