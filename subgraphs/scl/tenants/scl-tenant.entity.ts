import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'scl', name: 'scl_tenant' })
export class SclTenant {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Unique; what the registry holds as `sclTenantCode`. */
  @Column({ type: 'text' })
  code!: string;

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
