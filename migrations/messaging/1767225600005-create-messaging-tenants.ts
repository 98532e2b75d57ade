import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants } from '../tenant-isolation';

/**
 * What Messaging knows of a tenant itself: by whom its messages are sent. `run_id` is the provisioning run that made the
 * row; `NULL` where it was made otherwise.
 */
export class CreateMessagingTenants1767225600005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE messaging.messaging_tenant (
        messaging_tenant_id text CONSTRAINT messaging_tenant_pkey PRIMARY KEY
          CONSTRAINT messaging_tenant_id_form CHECK (messaging_tenant_id ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$'),
        provider text NOT NULL
          CONSTRAINT messaging_tenant_provider_known CHECK (provider IN ('sendgrid', 'twilio', 'internal')),
        run_id uuid,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_by text NOT NULL
      )`);
    const condition = isOfReachedTenant('messaging_tenant_id', 'text');
    await isolateTenants(runner, 'messaging.messaging_tenant', condition);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE messaging.messaging_tenant');
  }
}
