import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createEventDelivery, dropEventDelivery } from '../event-delivery';
import { createInbox, dropInbox } from '../inbox';

/** What hands CRM’s events on to the platform’s stream, and the notes of those that CRM took from it. */
export class DeliverEvents1767225600010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createEventDelivery(runner, 'crm', 'uuid', ['events-platform-stream']);
    await createInbox(runner, 'crm');
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropInbox(runner, 'crm');
    await dropEventDelivery(runner, 'crm');
  }
}
