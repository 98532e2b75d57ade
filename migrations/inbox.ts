import type { QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants } from './tenant-isolation';

/** Makes the notes of which events the schema's consumers took, so that one that comes again has no effect. */
export async function createInbox(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`
    CREATE TABLE ${schema}.event_inbox (
      consumer text NOT NULL,
      event_id uuid NOT NULL,
      tenant_id uuid,
      taken_at timestamptz(3) NOT NULL DEFAULT now(),
      PRIMARY KEY (consumer, event_id)
    )`);
  await isolateTenants(runner, `${schema}.event_inbox`, isOfReachedTenant('tenant_id'));
}

/** Takes `createInbox` back. */
export async function dropInbox(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`DROP TABLE ${schema}.event_inbox`);
}
