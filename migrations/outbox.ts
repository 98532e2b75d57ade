import type { QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants } from './tenant-isolation';

/**
 * Makes the schema's outbox: the events that its changes told of, written with them. `keyType` is the type of the key by
 * which the system knows a tenant. The database numbers the events of a tenant, and holds the number until the
 * transaction ends: events commit in the order of their positions, so a reader who goes on from the last position that
 * it saw misses none. Tenants do not wait for each other. Whoever takes old events away leaves each tenant its newest.
 */
export async function createOutbox(
  runner: QueryRunner,
  schema: string,
  keyType: 'uuid' | 'text',
): Promise<void> {
  await runner.query(`
    CREATE TABLE ${schema}.outbox_event (
      id uuid PRIMARY KEY,
      tenant_key ${keyType} NOT NULL,
      tenant_id uuid,
      tenant_slug text,
      position bigint NOT NULL,
      type text NOT NULL,
      version text NOT NULL,
      source text NOT NULL,
      payload jsonb NOT NULL,
      user_id text NOT NULL,
      correlation_id text NOT NULL,
      occurred_at timestamptz(3) NOT NULL,
      CONSTRAINT outbox_event_tenant_key_position_key UNIQUE (tenant_key, position),
      CONSTRAINT outbox_event_tenant_whole CHECK ((tenant_id IS NULL) = (tenant_slug IS NULL))
    )`);
  await runner.query(`
    CREATE FUNCTION ${schema}.number_outbox_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('${schema}.outbox_event ' || NEW.tenant_key::text, 0));
      NEW.position := 1 + coalesce(
        (SELECT max(e.position) FROM ${schema}.outbox_event e WHERE e.tenant_key = NEW.tenant_key), 0);
      NEW.occurred_at := clock_timestamp();
      RETURN NEW;
    END $$`);
  await runner.query(`
    CREATE TRIGGER number_outbox_event BEFORE INSERT ON ${schema}.outbox_event
      FOR EACH ROW EXECUTE FUNCTION ${schema}.number_outbox_event()`);
  await runner.query(`REVOKE UPDATE, DELETE ON ${schema}.outbox_event FROM ${schema}_app`);
  await isolateTenants(runner, `${schema}.outbox_event`, isOfReachedTenant('tenant_key', keyType));
}

/** Takes `createOutbox` back. */
export async function dropOutbox(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`DROP TABLE ${schema}.outbox_event`);
  await runner.query(`DROP FUNCTION ${schema}.number_outbox_event`);
}
