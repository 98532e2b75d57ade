import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A copy of a tenant is no record of a run any more: events make it, whether a run comes or not. */
export class ForgetRunsOfCopies1767225600016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Gives up instead of holding up every request behind a long read; the migration is then run again.
    await runner.query("SET LOCAL lock_timeout = '5s'");
    await runner.query('ALTER TABLE crm.tenant DROP COLUMN run_id');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE crm.tenant ADD COLUMN run_id uuid');
  }
}
