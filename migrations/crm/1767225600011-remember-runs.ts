import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which provisioning run made a tenant's copy, and which installed a template pack; `NULL` where none did. Only what a run
 * made may be taken back with it.
 */
export class RememberRuns1767225600011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Gives up instead of holding up every request behind a long read; the migration is then run again.
    await runner.query("SET LOCAL lock_timeout = '5s'");
    await runner.query('ALTER TABLE crm.tenant ADD COLUMN run_id uuid');
    await runner.query('ALTER TABLE crm.template_pack_installation ADD COLUMN run_id uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE crm.template_pack_installation DROP COLUMN run_id');
    await runner.query('ALTER TABLE crm.tenant DROP COLUMN run_id');
  }
}
