import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs of provisioning and their steps (B8, B39, B44). */
export class CreateProvisioningRuns1767225600002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_control.provisioning_run (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES access_control.tenant (id) ON DELETE CASCADE,
        input_digest text NOT NULL,
        status text NOT NULL
          CONSTRAINT provisioning_run_status_known CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED')),
        created_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        finished_at timestamptz(3)
      )`);
    await runner.query(
      'CREATE INDEX provisioning_run_tenant_id_input_digest ON access_control.provisioning_run (tenant_id, input_digest)',
    );
    await runner.query(`
      CREATE TABLE access_control.provisioning_step (
        run_id uuid NOT NULL REFERENCES access_control.provisioning_run (id) ON DELETE CASCADE,
        position integer NOT NULL,
        system text NOT NULL CONSTRAINT provisioning_step_system_known
          CHECK (system IN ('ACCESS_CONTROL', 'SCL', 'TEETIME', 'MESSAGING', 'CRM')),
        name text NOT NULL,
        status text NOT NULL
          CONSTRAINT provisioning_step_status_known CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED')),
        attempts integer NOT NULL DEFAULT 0,
        started_at timestamptz(3),
        finished_at timestamptz(3),
        error_code text,
        error_message text,
        PRIMARY KEY (run_id, position)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE access_control.provisioning_step');
    await runner.query('DROP TABLE access_control.provisioning_run');
  }
}
