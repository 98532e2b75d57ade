import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tenant: who is a customer of the platform (ADR-0003; A11–A15). */
export class CreateTenants1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_control.tenant (
        id uuid PRIMARY KEY,
        slug text NOT NULL
          CONSTRAINT tenant_slug_key UNIQUE
          CONSTRAINT tenant_slug_form CHECK (
            slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
            AND slug !~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
          ),
        display_name text NOT NULL CONSTRAINT tenant_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 200),
        status text NOT NULL DEFAULT 'ACTIVE' CONSTRAINT tenant_status_known CHECK (status IN ('ACTIVE', 'DISABLED')),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX tenant_updated_at ON access_control.tenant (updated_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE access_control.tenant');
  }
}
