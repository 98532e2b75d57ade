import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What CRM remembers of a tenant: a copy of Access Control's answer, never a tenant of CRM's own. */
@Entity({ name: 'tenant' })
export class Tenant {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Unique; the database checks its form too. */
  @Column({ type: 'text' })
  slug!: string;

  @Column({ name: 'display_name', type: 'text' })
  displayName!: string;

  @Column({ type: 'text' })
  status!: 'ACTIVE' | 'DISABLED';

  /** Access Control's time, as `updatedAt` is. */
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;

  /** When the copy was last written. */
  @Column({ name: 'synced_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  syncedAt!: Date;
}
