import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createQueue, dropQueue } from '../job-queues';
import { isOfReachedTenant, isolateTenants } from '../tenant-isolation';

const QUEUE = 'registry-drift';
/** Longer than a look at a page of tenants may take. */
const LOOKING = { expireInSeconds: 120 };

/** What the last look at a tenant found of each kind in each system, so that only what is new is told. */
export class WatchRegistryDrift1767225600020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_control.registry_drift_seen (
        tenant_id uuid NOT NULL REFERENCES access_control.tenant (id) ON DELETE CASCADE,
        system text NOT NULL CONSTRAINT registry_drift_seen_system_known
          CHECK (system IN ('SCL', 'TEETIME', 'MESSAGING', 'CRM')),
        kind text NOT NULL CONSTRAINT registry_drift_seen_kind_known
          CHECK (kind IN ('MISSING', 'ORPHANED', 'DISAGREEING')),
        digest text NOT NULL,
        count integer NOT NULL CONSTRAINT registry_drift_seen_count_positive CHECK (count > 0),
        seen_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, system, kind)
      )`);
    await isolateTenants(runner, 'access_control.registry_drift_seen', isOfReachedTenant('tenant_id'));
    await createQueue(runner, 'access_control', QUEUE, LOOKING);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropQueue(runner, 'access_control', QUEUE);
    await runner.query('DROP TABLE access_control.registry_drift_seen');
  }
}
