import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The registry: what each system calls a tenant (ADR-0003; B11–B30). A unique column's own index serves its look-up.
 * Clubs are rows of their own, because a club belongs to one tenant and is looked up by its id.
 */
export class CreateTenantRegistry1767225600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_control.tenant_registry (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL
          CONSTRAINT tenant_registry_tenant_id_key UNIQUE
          REFERENCES access_control.tenant (id) ON DELETE CASCADE,
        scl_tenant_code text CONSTRAINT tenant_registry_scl_tenant_code_key UNIQUE,
        scl_enabled boolean NOT NULL DEFAULT false,
        teetime_enabled boolean NOT NULL DEFAULT false,
        messaging_tenant_id text CONSTRAINT tenant_registry_messaging_tenant_id_key UNIQUE,
        messaging_enabled boolean NOT NULL DEFAULT false,
        crm_tenant_id text CONSTRAINT tenant_registry_crm_tenant_id_key UNIQUE,
        crm_enabled boolean NOT NULL DEFAULT false,
        billing_enabled boolean NOT NULL DEFAULT false,
        payments_enabled boolean NOT NULL DEFAULT false,
        payment_providers text[] NOT NULL DEFAULT '{}',
        association_provider text,
        association_member_id text,
        provisioned_at timestamptz(3),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE access_control.tenant_registry_club (
        club_id uuid CONSTRAINT tenant_registry_club_pkey PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES access_control.tenant_registry (tenant_id) ON DELETE CASCADE,
        position bigint GENERATED ALWAYS AS IDENTITY,
        added_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(
      'CREATE INDEX tenant_registry_club_tenant_id ON access_control.tenant_registry_club (tenant_id, position)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE access_control.tenant_registry_club');
    await runner.query('DROP TABLE access_control.tenant_registry');
  }
}
