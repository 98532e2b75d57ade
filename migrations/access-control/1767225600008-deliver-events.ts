import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createEventDelivery, dropEventDelivery } from '../event-delivery';

const QUEUES = [
  'events-crm',
  'events-teetime',
  'events-scl',
  'events-messaging',
  'events-redis',
  'events-webhooks',
];

const numberEvents = (occurredAt: string) => `
  CREATE OR REPLACE FUNCTION access_control.number_outbox_event() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('access_control.outbox_event ' || NEW.tenant_key::text, 0));
    NEW.position := 1 + coalesce(
      (SELECT max(e.position) FROM access_control.outbox_event e WHERE e.tenant_key = NEW.tenant_key), 0);
    NEW.occurred_at := ${occurredAt};
    RETURN NEW;
  END $$`;

/** What takes every system’s events into one stream, and hands them on to those who consume them. */
export class DeliverEvents1767225600008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // An event of another system keeps the time at which it happened there.
    await runner.query(numberEvents('coalesce(NEW.occurred_at, clock_timestamp())'));
    await createEventDelivery(runner, 'access_control', 'uuid', QUEUES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropEventDelivery(runner, 'access_control');
    await runner.query(numberEvents('clock_timestamp()'));
  }
}
