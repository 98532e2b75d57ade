import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants } from '../tenant-isolation';

/** The keys that a tenant is about to get in the registry. Nobody else can take them meanwhile. */
export class ClaimKeys1767225600010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_control.claimed_key (
        kind text NOT NULL
          CONSTRAINT claimed_key_kind_known CHECK (kind IN ('SCL_CODE', 'CLUB_ID', 'CLUB_CODE', 'MESSAGING_ID')),
        key text NOT NULL,
        tenant_id uuid NOT NULL REFERENCES access_control.tenant (id) ON DELETE CASCADE,
        claimed_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (kind, key)
      )`);
    await runner.query('CREATE INDEX claimed_key_tenant_id ON access_control.claimed_key (tenant_id)');
    await isolateTenants(runner, 'access_control.claimed_key', isOfReachedTenant('tenant_id'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE access_control.claimed_key');
  }
}
