import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'scl', name: 'scl_club' })
export class SclClub {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'scl_tenant_id', type: 'uuid' })
  sclTenantId!: string;

  /** Unique within its SCL tenant. */
  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;

  @Column({ name: 'updated_by', type: 'text' })
  updatedBy!: string;
}
