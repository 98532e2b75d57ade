import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants, joinTenants } from '../tenant-isolation';

const tables: [table: string, condition: string][] = [
  ['access_control.tenant', isOfReachedTenant('id')],
  ['access_control.tenant_registry', isOfReachedTenant('tenant_id')],
  ['access_control.tenant_registry_club', isOfReachedTenant('tenant_id')],
  ['access_control.provisioning_run', isOfReachedTenant('tenant_id')],
  [
    'access_control.provisioning_step',
    `run_id IN (SELECT id FROM access_control.provisioning_run WHERE ${isOfReachedTenant('tenant_id')})`,
  ],
];

/** A tenant’s rows exist only for those who reach the tenant. */
export class IsolateTenants1767225600003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, condition] of tables) await isolateTenants(runner, table, condition);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table] of tables) await joinTenants(runner, table);
  }
}
