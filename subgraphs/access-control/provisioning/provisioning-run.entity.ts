import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProvisioningStatus } from '../graphql.generated';

/** The row has further columns, which only the work on the run reads: what it sets up, and for whom. */
@Entity({ schema: 'access_control', name: 'provisioning_run' })
export class ProvisioningRun {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** The tenant may be gone. */
  @Column({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  /** SHA-256 of what it sets up, by which a repeated call finds its run. */
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

  /** It is, or was to be, taken back: what it does next goes backwards. */
  @Column({ name: 'is_cancelled', type: 'boolean', default: false })
  isCancelled!: boolean;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', precision: 3, nullable: true })
  finishedAt!: Date | null;
}

/** What one may be at a tenant: the next run waits for its end. */
const UNFINISHED: readonly ProvisioningStatus[] = ['PENDING', 'RUNNING', 'COMPENSATING'];

export function isUnfinished({ status }: Pick<ProvisioningRun, 'status'>): boolean {
  return UNFINISHED.includes(status);
}
