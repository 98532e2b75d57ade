import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A run may be asked for under a key of the caller's, which then stands for that run and its input alone. */
export class KeyProvisioningRuns1767225600007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE access_control.provisioning_run
        ADD COLUMN idempotency_key text
          CONSTRAINT provisioning_run_idempotency_key_key UNIQUE
          CONSTRAINT provisioning_run_idempotency_key_length CHECK (char_length(idempotency_key) BETWEEN 1 AND 128),
        ADD COLUMN request_digest text,
        ADD CONSTRAINT provisioning_run_key_has_digest
          CHECK ((idempotency_key IS NULL) = (request_digest IS NULL))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE access_control.provisioning_run DROP COLUMN idempotency_key, DROP COLUMN request_digest',
    );
  }
}
