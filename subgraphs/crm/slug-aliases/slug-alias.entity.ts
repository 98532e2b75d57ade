import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A slug that a tenant had before, and by which the public may still name it. */
@Entity({ schema: 'crm', name: 'tenant_slug_alias' })
export class SlugAlias {
  @PrimaryColumn({ type: 'text' })
  slug!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  /** When the tenant gave the slug up, by Access Control's clock; the newest tenant to have had a slug has its alias. */
  @Column({ type: 'timestamptz', precision: 3 })
  since!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;

  @Column({ name: 'last_used_at', type: 'timestamptz', precision: 3, nullable: true })
  lastUsedAt!: Date | null;

  @Column({ type: 'integer', default: 0 })
  uses!: number;
}
