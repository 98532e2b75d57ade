import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * CRM's read model of Access Control's tenants (A11–A17). Every other table refers to a tenant by UUID and slug at
 * once, so that the two agree, also after a rename. Slugs are compared when a statement ends: two tenants may swap.
 */
export class CreateTenants1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE crm.tenant (
        id uuid PRIMARY KEY,
        slug text NOT NULL
          CONSTRAINT tenant_slug_key UNIQUE DEFERRABLE INITIALLY IMMEDIATE
          CONSTRAINT tenant_slug_form CHECK (
            slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
            AND slug !~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
          ),
        display_name text NOT NULL CONSTRAINT tenant_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 200),
        status text NOT NULL CONSTRAINT tenant_status_known CHECK (status IN ('ACTIVE', 'DISABLED')),
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        synced_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT tenant_id_slug_key UNIQUE (id, slug)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE crm.tenant');
  }
}
