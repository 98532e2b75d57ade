import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants, joinTenants } from '../tenant-isolation';

const tables: [table: string, condition: string][] = [['teetime.club', isOfReachedTenant('tenant_id')]];

/** A tenant’s rows exist only for those who reach the tenant. */
export class IsolateTenants1767225600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, condition] of tables) await isolateTenants(runner, table, condition);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table] of tables) await joinTenants(runner, table);
  }
}
