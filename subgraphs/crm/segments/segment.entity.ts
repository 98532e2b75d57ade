import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TemplatePackKey } from '../graphql.generated';
import { TenantRow } from '../tenancy/tenant-row';
import type { SegmentCriteria } from './segment-criteria';

export const segmentTypes = ['STATIC', 'DYNAMIC', 'SMART', 'IMPORT'] as const;

@Entity({ name: 'segment' })
export class Segment extends TenantRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** Unique within the tenant. */
  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'text', default: 'DYNAMIC' })
  type!: (typeof segmentTypes)[number];

  @Column({ type: 'jsonb', nullable: true })
  criteria!: SegmentCriteria | null;

  @Column({ name: 'is_active', type: 'boolean', default: true })
  isActive!: boolean;

  /** Whether a template pack owns the segment; the next two say which, and which version wrote it last. */
  @Column({ name: 'is_system', type: 'boolean', default: false })
  isSystem!: boolean;

  @Column({ name: 'pack_key', type: 'text', nullable: true })
  packKey!: TemplatePackKey | null;

  @Column({ name: 'pack_version', type: 'integer', nullable: true })
  packVersion!: number | null;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'updated_by', type: 'text' })
  updatedBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}
