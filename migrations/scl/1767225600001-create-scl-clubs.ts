import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The clubs of SCL's tenants (ADR-0003; B2). The unique constraint's index also serves the list of a tenant's clubs. */
export class CreateSclClubs1767225600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE scl.scl_club (
        id uuid CONSTRAINT scl_club_pkey PRIMARY KEY,
        scl_tenant_id uuid NOT NULL REFERENCES scl.scl_tenant (id) ON DELETE CASCADE,
        name text NOT NULL CONSTRAINT scl_club_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_by text NOT NULL,
        CONSTRAINT scl_club_scl_tenant_id_name_key UNIQUE (scl_tenant_id, name)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE scl.scl_club');
  }
}
