import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets a tenant's runs be read page by page, newest first. */
export class ListProvisioningRuns1767225600006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX provisioning_run_tenant_id_created_at ON access_control.provisioning_run (tenant_id, created_at DESC, id DESC)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX access_control.provisioning_run_tenant_id_created_at');
  }
}
