import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'access_control', name: 'tenant' })
export class Tenant {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Unique; the database checks its form too. */
  @Column({ type: 'text' })
  slug!: string;

  @Column({ name: 'display_name', type: 'text' })
  displayName!: string;

  @Column({ type: 'text', default: 'ACTIVE' })
  status!: 'ACTIVE' | 'DISABLED';

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}
