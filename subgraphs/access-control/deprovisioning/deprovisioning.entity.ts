import { Column, Entity, PrimaryColumn } from 'typeorm';

export type DeprovisioningStatus = 'SCHEDULED' | 'CANCELLED' | 'REMOVING' | 'COMPLETED';

/** The removal of a tenant. It stays when the tenant is gone. */
@Entity({ schema: 'access_control', name: 'tenant_deprovisioning' })
export class TenantDeprovisioning {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @Column({ name: 'tenant_slug', type: 'text' })
  tenantSlug!: string;

  @Column({ type: 'text' })
  status!: DeprovisioningStatus;

  /** Whether the request for removal is what disabled the tenant. */
  @Column({ name: 'has_disabled', type: 'boolean' })
  hasDisabled!: boolean;

  @Column({ name: 'requested_by', type: 'text' })
  requestedBy!: string;

  @Column({ name: 'requested_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  requestedAt!: Date;

  @Column({ name: 'due_at', type: 'timestamptz', precision: 3 })
  dueAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', precision: 3, nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', precision: 3, nullable: true })
  finishedAt!: Date | null;

  /** Set once the file is whole; nothing is removed before. */
  @Column({ name: 'export_file', type: 'text', nullable: true })
  exportFile!: string | null;

  @Column({ name: 'export_sha256', type: 'text', nullable: true })
  exportSha256!: string | null;

  @Column({ type: 'text', nullable: true })
  error!: string | null;
}
