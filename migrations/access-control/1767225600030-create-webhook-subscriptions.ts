import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants } from '../tenant-isolation';

/** Where events are posted to, and the secrets that sign them, which whoever reads subscriptions does not read. */
export class CreateWebhookSubscriptions1767225600030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_control.webhook_subscription (
        id uuid PRIMARY KEY,
        tenant_id uuid REFERENCES access_control.tenant (id) ON DELETE CASCADE,
        url text NOT NULL CONSTRAINT webhook_subscription_url_length CHECK (char_length(url) BETWEEN 1 AND 2048),
        types text[] NOT NULL CONSTRAINT webhook_subscription_types_length CHECK (cardinality(types) <= 50),
        description text
          CONSTRAINT webhook_subscription_description_length CHECK (char_length(description) BETWEEN 1 AND 500),
        status text NOT NULL DEFAULT 'ACTIVE'
          CONSTRAINT webhook_subscription_status CHECK (status IN ('ACTIVE', 'DISABLED')),
        disabled_reason text,
        failing_since timestamptz(3),
        secret_created_at timestamptz(3) NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT webhook_subscription_disabled_for_a_reason CHECK (status = 'DISABLED' OR disabled_reason IS NULL)
      )`);
    await runner.query(`
      CREATE INDEX webhook_subscription_tenant_id ON access_control.webhook_subscription (tenant_id, created_at DESC, id DESC)`);
    await runner.query(`
      CREATE TABLE access_control.webhook_secret (
        id uuid PRIMARY KEY,
        subscription_id uuid NOT NULL REFERENCES access_control.webhook_subscription (id) ON DELETE CASCADE,
        secret text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz(3)
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX webhook_secret_newest ON access_control.webhook_secret (subscription_id) WHERE expires_at IS NULL`);
    await runner.query(`
      CREATE INDEX webhook_secret_subscription_id ON access_control.webhook_secret (subscription_id, created_at)`);
    await isolateTenants(runner, 'access_control.webhook_subscription', isOfReachedTenant('tenant_id'));
    await isolateTenants(
      runner,
      'access_control.webhook_secret',
      `subscription_id IN (SELECT id FROM access_control.webhook_subscription WHERE ${isOfReachedTenant('tenant_id')})`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE access_control.webhook_secret');
    await runner.query('DROP TABLE access_control.webhook_subscription');
  }
}
