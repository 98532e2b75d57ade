import type { MigrationInterface, QueryRunner } from 'typeorm';

/** SCL's own tenants, which the registry knows by their codes (ADR-0003; B2). */
export class CreateSclTenants1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE scl.scl_tenant (
        id uuid CONSTRAINT scl_tenant_pkey PRIMARY KEY,
        code text NOT NULL
          CONSTRAINT scl_tenant_code_key UNIQUE
          CONSTRAINT scl_tenant_code_form CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$'),
        name text NOT NULL CONSTRAINT scl_tenant_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_by text NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE scl.scl_tenant');
  }
}
