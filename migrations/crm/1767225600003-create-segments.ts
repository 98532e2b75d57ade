import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Segments: named groups of a tenant's customers. A template pack owns those that are `is_system` (A35). */
export class CreateSegments1767225600003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE crm.segment (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        tenant_slug text NOT NULL,
        name text NOT NULL CONSTRAINT segment_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
        description text CONSTRAINT segment_description_length CHECK (char_length(description) BETWEEN 1 AND 1000),
        type text NOT NULL DEFAULT 'DYNAMIC'
          CONSTRAINT segment_type_known CHECK (type IN ('STATIC', 'DYNAMIC', 'SMART', 'IMPORT')),
        criteria jsonb CONSTRAINT segment_criteria_is_object CHECK (jsonb_typeof(criteria) = 'object'),
        is_active boolean NOT NULL DEFAULT true,
        is_system boolean NOT NULL DEFAULT false,
        pack_key text,
        pack_version integer,
        created_by text NOT NULL,
        updated_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT segment_tenant_fkey FOREIGN KEY (tenant_id, tenant_slug)
          REFERENCES crm.tenant (id, slug) ON UPDATE CASCADE,
        CONSTRAINT segment_tenant_id_name_key UNIQUE (tenant_id, name),
        CONSTRAINT segment_dynamic_has_criteria CHECK (type <> 'DYNAMIC' OR criteria IS NOT NULL),
        CONSTRAINT segment_system_is_of_pack CHECK (
          is_system = (pack_key IS NOT NULL) AND is_system = (pack_version IS NOT NULL))
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE crm.segment');
  }
}
