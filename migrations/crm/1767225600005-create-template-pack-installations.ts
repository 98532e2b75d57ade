import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which version of which template pack a tenant has (A35, A36). */
export class CreateTemplatePackInstallations1767225600005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE crm.template_pack_installation (
        tenant_id uuid NOT NULL,
        tenant_slug text NOT NULL,
        pack_key text NOT NULL,
        version integer NOT NULL CONSTRAINT template_pack_installation_version_positive CHECK (version > 0),
        installed_by text NOT NULL,
        installed_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, pack_key),
        CONSTRAINT template_pack_installation_tenant_fkey FOREIGN KEY (tenant_id, tenant_slug)
          REFERENCES crm.tenant (id, slug) ON UPDATE CASCADE
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE crm.template_pack_installation');
  }
}
