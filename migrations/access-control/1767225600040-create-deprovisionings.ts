import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createQueue, dropQueue } from '../job-queues';
import { isOfReachedTenant, isolateTenants } from '../tenant-isolation';

const QUEUE = 'deprovisioning';

/** Removals of tenants, which outlive the tenants, and the queue of those that wait for their time. */
export class CreateDeprovisionings1767225600040 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_control.tenant_deprovisioning (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        tenant_slug text NOT NULL,
        status text NOT NULL CONSTRAINT tenant_deprovisioning_status_known
          CHECK (status IN ('SCHEDULED', 'CANCELLED', 'REMOVING', 'COMPLETED')),
        has_disabled boolean NOT NULL,
        requested_by text NOT NULL,
        requested_at timestamptz(3) NOT NULL DEFAULT now(),
        due_at timestamptz(3) NOT NULL,
        started_at timestamptz(3),
        finished_at timestamptz(3),
        export_file text,
        export_sha256 text,
        error text,
        CONSTRAINT tenant_deprovisioning_exported_first CHECK (status <> 'COMPLETED' OR export_file IS NOT NULL)
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX tenant_deprovisioning_one_at_a_time ON access_control.tenant_deprovisioning (tenant_id)
        WHERE status IN ('SCHEDULED', 'REMOVING')`);
    await runner.query(`
      CREATE INDEX tenant_deprovisioning_tenant_id_requested_at
        ON access_control.tenant_deprovisioning (tenant_id, requested_at DESC, id DESC)`);
    await runner.query(`
      CREATE INDEX tenant_deprovisioning_requested_at
        ON access_control.tenant_deprovisioning (requested_at DESC, id DESC)`);
    await runner.query(
      'CREATE INDEX tenant_deprovisioning_started_at ON access_control.tenant_deprovisioning (started_at)',
    );
    await isolateTenants(runner, 'access_control.tenant_deprovisioning', isOfReachedTenant('tenant_id'));
    // An export takes as long as the tenant is large.
    await createQueue(runner, 'access_control', QUEUE, { expireInSeconds: 900 });
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropQueue(runner, 'access_control', QUEUE);
    await runner.query('DROP TABLE access_control.tenant_deprovisioning');
  }
}
