import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TemplatePackKey } from '../graphql.generated';

/** Keyed by the tenant, unlike other rows; the columns are the same. */
@Entity({ schema: 'crm', name: 'template_pack_installation' })
export class TemplatePackInstallation {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @Column({ name: 'tenant_slug', type: 'text' })
  tenantSlug!: string;

  @PrimaryColumn({ name: 'pack_key', type: 'text' })
  packKey!: TemplatePackKey;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ name: 'installed_by', type: 'text' })
  installedBy!: string;

  @Column({ name: 'installed_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  installedAt!: Date;
}
