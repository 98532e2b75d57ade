import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProvisioningStatus, ProvisioningSystem } from '../graphql.generated';

/** The row has further columns, which only the work on the run reads: when to try again, and what it changed. */
@Entity({ schema: 'access_control', name: 'provisioning_step' })
export class ProvisioningStep {
  @PrimaryColumn({ name: 'run_id', type: 'uuid' })
  runId!: string;

  /** The step's place in its run, from 1. */
  @PrimaryColumn({ type: 'integer' })
  position!: number;

  @Column({ type: 'text' })
  system!: ProvisioningSystem;

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

  @Column({ type: 'text', array: true, default: '{}' })
  notes!: string[];
}
