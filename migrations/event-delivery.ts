import type { QueryRunner } from 'typeorm';
import { createJobTables, createQueue, dropJobTables } from './job-queues';
import { isOfReachedTenant, isolateTenants } from './tenant-isolation';

/** Longer than handing a batch of events over may take. */
const HANDING_OVER = { expireInSeconds: 30 };
const FORGETTING = { expireInSeconds: 600 };

/**
 * Makes what hands a schema's events on: the job tables, the queue that says which tenants have new events, a queue for
 * each of `queues` of consumers, how far each consumer has come in each tenant's events, and what none could take.
 */
export async function createEventDelivery(
  runner: QueryRunner,
  schema: string,
  keyType: 'uuid' | 'text',
  queues: readonly string[],
): Promise<void> {
  await createJobTables(runner, schema);
  for (const queue of ['outbox', ...queues]) await createQueue(runner, schema, queue, HANDING_OVER);
  await createQueue(runner, schema, 'outbox-retention', FORGETTING);
  await letOldEventsGo(runner, schema);
  await runner.query(`
    CREATE TABLE ${schema}.event_cursor (
      consumer text NOT NULL,
      tenant_key ${keyType} NOT NULL,
      position bigint NOT NULL DEFAULT 0,
      attempts integer NOT NULL DEFAULT 0,
      retry_at timestamptz(3),
      last_error text,
      lease uuid,
      leased_until timestamptz(3),
      PRIMARY KEY (consumer, tenant_key)
    )`);
  await isolateTenants(runner, `${schema}.event_cursor`, isOfReachedTenant('tenant_key', keyType));
  await runner.query(`
    CREATE TABLE ${schema}.event_dead_letter (
      id uuid PRIMARY KEY,
      consumer text NOT NULL,
      tenant_key ${keyType} NOT NULL,
      position bigint NOT NULL,
      attempts integer NOT NULL,
      error text NOT NULL,
      died_at timestamptz(3) NOT NULL DEFAULT now(),
      CONSTRAINT event_dead_letter_consumer_position_key UNIQUE (consumer, tenant_key, position),
      FOREIGN KEY (tenant_key, position) REFERENCES ${schema}.outbox_event (tenant_key, position)
    )`);
  await runner.query(`CREATE INDEX event_dead_letter_died_at ON ${schema}.event_dead_letter (died_at, id)`);
  await isolateTenants(runner, `${schema}.event_dead_letter`, isOfReachedTenant('tenant_key', keyType));
}

/** Takes `createEventDelivery` back. */
export async function dropEventDelivery(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`DROP TABLE ${schema}.event_dead_letter`);
  await runner.query(`DROP TABLE ${schema}.event_cursor`);
  await runner.query(`DROP TRIGGER keep_young_events ON ${schema}.outbox_event`);
  await runner.query(`DROP FUNCTION ${schema}.keep_young_events`);
  await runner.query(`DROP INDEX ${schema}.outbox_event_occurred_at`);
  await runner.query(`REVOKE DELETE ON ${schema}.outbox_event FROM ${schema}_app`);
  await dropJobTables(runner, schema);
}

/**
 * Has a consumer's cursor count how often it could not be asked apart from `attempts`, how often it refused: an outage says
 * nothing of the event, and brings it no nearer to being given up.
 */
export async function countOutagesApart(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`ALTER TABLE ${schema}.event_cursor ADD COLUMN outages integer NOT NULL DEFAULT 0`);
}

/** Takes `countOutagesApart` back. */
export async function countOutagesAlike(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`ALTER TABLE ${schema}.event_cursor DROP COLUMN outages`);
}

/** Lets the run-time role remove events, but none of the last week and no tenant's newest. */
async function letOldEventsGo(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(
    `CREATE INDEX outbox_event_occurred_at ON ${schema}.outbox_event USING brin (occurred_at)`,
  );
  await runner.query(`
    CREATE FUNCTION ${schema}.keep_young_events() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.occurred_at > now() - interval '7 days' OR NOT EXISTS (
        SELECT FROM ${schema}.outbox_event e
        WHERE e.tenant_key = OLD.tenant_key AND e.position > OLD.position
      ) THEN
        RAISE insufficient_privilege USING MESSAGE = 'an event of the last week, or a tenant''s newest, is kept';
      END IF;
      RETURN OLD;
    END $$`);
  await runner.query(`
    CREATE TRIGGER keep_young_events BEFORE DELETE ON ${schema}.outbox_event
      FOR EACH ROW EXECUTE FUNCTION ${schema}.keep_young_events()`);
  await runner.query(`GRANT DELETE ON ${schema}.outbox_event TO ${schema}_app`);
}
