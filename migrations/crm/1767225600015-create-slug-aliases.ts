import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants, joinTenants } from '../tenant-isolation';

/**
 * Slugs that tenants had before, by which forms that nobody changed still name them. No row refers to `crm.tenant`: such a
 * check would wait for a rename of all of the tenant's rows, and a form's lead would be lost meanwhile.
 */
export class CreateSlugAliases1767225600015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE crm.tenant_slug_alias (
        slug text PRIMARY KEY,
        tenant_id uuid NOT NULL,
        since timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        last_used_at timestamptz(3),
        uses integer NOT NULL DEFAULT 0 CONSTRAINT tenant_slug_alias_uses_whole CHECK (uses >= 0)
      )`);
    await runner.query(
      'CREATE INDEX tenant_slug_alias_tenant ON crm.tenant_slug_alias (tenant_id, since DESC, slug)',
    );
    await isolateTenants(runner, 'crm.tenant_slug_alias', isOfReachedTenant('tenant_id'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await joinTenants(runner, 'crm.tenant_slug_alias');
    await runner.query('DROP TABLE crm.tenant_slug_alias');
  }
}
