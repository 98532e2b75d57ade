import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'teetime', name: 'club' })
export class Club {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Unique; the database checks its form too. */
  @Column({ name: 'club_code', type: 'text' })
  clubCode!: string;

  @Column({ type: 'text' })
  name!: string;

  /** The tenant's UUID in Access Control, which no foreign key can reach from here. */
  @Column({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @Column({ type: 'text', default: 'ACTIVE' })
  status!: 'ACTIVE' | 'INACTIVE';

  @Column({ type: 'text', nullable: true })
  location!: string | null;

  /** IANA name. */
  @Column({ type: 'text', default: 'Africa/Johannesburg' })
  timezone!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;

  @Column({ name: 'updated_by', type: 'text' })
  updatedBy!: string;
}
