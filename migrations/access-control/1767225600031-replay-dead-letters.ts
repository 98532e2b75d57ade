import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createQueue, dropQueue } from '../job-queues';

/** Longer than handing one event over may take. */
const HANDING_OVER = { expireInSeconds: 30 };

/** Lets events that were given up be handed over again, and a consumer's dead letters and what it waits for be found. */
export class ReplayDeadLetters1767225600031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await createQueue(runner, 'access_control', 'events-replay', HANDING_OVER);
    await runner.query(`
      ALTER TABLE access_control.event_dead_letter
        ADD COLUMN replay_asked_at timestamptz(3),
        ADD COLUMN replay_attempts integer NOT NULL DEFAULT 0,
        ADD COLUMN lease uuid,
        ADD COLUMN leased_until timestamptz(3)`);
    await runner.query(`
      CREATE INDEX event_dead_letter_consumer_died_at ON access_control.event_dead_letter (consumer, died_at, id)`);
    await runner.query(`
      CREATE INDEX outbox_event_tenant_key_type_position ON access_control.outbox_event (tenant_key, type, position)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX access_control.outbox_event_tenant_key_type_position');
    await runner.query('DROP INDEX access_control.event_dead_letter_consumer_died_at');
    await runner.query(`
      ALTER TABLE access_control.event_dead_letter
        DROP COLUMN replay_asked_at, DROP COLUMN replay_attempts, DROP COLUMN lease, DROP COLUMN leased_until`);
    await dropQueue(runner, 'access_control', 'events-replay');
  }
}
