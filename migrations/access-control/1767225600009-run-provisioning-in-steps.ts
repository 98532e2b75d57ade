import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createQueue, dropQueue } from '../job-queues';

const QUEUE = 'provisioning';
/** Longer than one attempt at a step takes, so that a job that is given to somebody else was abandoned. */
const ONE_ATTEMPT = { expireInSeconds: 8 };

const OLD_STATUSES = "'PENDING', 'RUNNING', 'COMPLETED', 'FAILED'";
const STATUSES = `${OLD_STATUSES}, 'COMPENSATING', 'COMPENSATED'`;

const knownStatuses = (table: string, statuses: string) => `
  ALTER TABLE access_control.${table}
    DROP CONSTRAINT ${table}_status_known,
    ADD CONSTRAINT ${table}_status_known CHECK (status IN (${statuses}))`;

/**
 * A run of provisioning goes on step by step, by jobs, and can be taken back. It stays when its tenant is gone; a tenant has
 * one unfinished run at most.
 */
export class RunProvisioningInSteps1767225600009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE access_control.provisioning_run
        DROP CONSTRAINT provisioning_run_tenant_id_fkey,
        ADD COLUMN set_up jsonb,
        ADD COLUMN creates_tenant boolean NOT NULL DEFAULT false,
        ADD COLUMN creates_entry boolean NOT NULL DEFAULT false,
        ADD COLUMN is_cancelled boolean NOT NULL DEFAULT false,
        ADD COLUMN asked_by text,
        ADD COLUMN request_id text,
        ADD CONSTRAINT provisioning_run_whole
          CHECK (num_nulls(set_up, asked_by, request_id) IN (0, 3))`);
    await runner.query(knownStatuses('provisioning_run', STATUSES));
    await runner.query(`
      CREATE UNIQUE INDEX provisioning_run_one_unfinished ON access_control.provisioning_run (tenant_id)
        WHERE status IN ('PENDING', 'RUNNING', 'COMPENSATING')`);
    await runner.query(`
      ALTER TABLE access_control.provisioning_step
        ADD COLUMN attempts_before integer NOT NULL DEFAULT 0,
        ADD COLUMN retry_at timestamptz(3),
        ADD COLUMN busy_until timestamptz(3),
        ADD COLUMN entry_before jsonb,
        ADD COLUMN entry_after jsonb,
        ADD COLUMN notes text[] NOT NULL DEFAULT '{}'`);
    await runner.query(knownStatuses('provisioning_step', STATUSES));
    await createQueue(runner, 'access_control', QUEUE, ONE_ATTEMPT);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropQueue(runner, 'access_control', QUEUE);
    // The owner is under the policies too.
    await runner.query("SELECT set_config('tenant_graph.tenants', '*', true)");
    await runner.query(`
      DELETE FROM access_control.provisioning_run r
      WHERE NOT EXISTS (SELECT FROM access_control.tenant t WHERE t.id = r.tenant_id)`);
    for (const table of ['provisioning_run', 'provisioning_step']) {
      await runner.query(
        `UPDATE access_control.${table} SET status = 'FAILED' WHERE status IN ('COMPENSATING', 'COMPENSATED')`,
      );
      await runner.query(knownStatuses(table, OLD_STATUSES));
    }
    await runner.query(`
      ALTER TABLE access_control.provisioning_step
        DROP COLUMN attempts_before, DROP COLUMN retry_at, DROP COLUMN busy_until,
        DROP COLUMN entry_before, DROP COLUMN entry_after, DROP COLUMN notes`);
    await runner.query('DROP INDEX access_control.provisioning_run_one_unfinished');
    await runner.query(`
      ALTER TABLE access_control.provisioning_run
        DROP COLUMN set_up, DROP COLUMN creates_tenant, DROP COLUMN creates_entry, DROP COLUMN is_cancelled,
        DROP COLUMN asked_by, DROP COLUMN request_id,
        ADD CONSTRAINT provisioning_run_tenant_id_fkey
          FOREIGN KEY (tenant_id) REFERENCES access_control.tenant (id) ON DELETE CASCADE`);
  }
}
