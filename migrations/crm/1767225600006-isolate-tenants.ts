import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants, joinTenants } from '../tenant-isolation';

const tables: [table: string, condition: string][] = [
  ['crm.tenant', isOfReachedTenant('id')],
  ['crm.customer', isOfReachedTenant('tenant_id')],
  ['crm.lead', isOfReachedTenant('tenant_id')],
  ['crm.segment', isOfReachedTenant('tenant_id')],
  ['crm.journey', isOfReachedTenant('tenant_id')],
  ['crm.journey_step', isOfReachedTenant('tenant_id')],
  ['crm.template_pack_installation', isOfReachedTenant('tenant_id')],
];

/** A tenant’s rows exist only for those who reach the tenant. */
export class IsolateTenants1767225600006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, condition] of tables) await isolateTenants(runner, table, condition);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table] of tables) await joinTenants(runner, table);
  }
}
