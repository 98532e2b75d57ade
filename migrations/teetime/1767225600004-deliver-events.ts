import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createEventDelivery, dropEventDelivery } from '../event-delivery';

/** What hands the system’s events on to the platform’s stream. */
export class DeliverEvents1767225600004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createEventDelivery(runner, 'teetime', 'uuid', ['events-platform-stream']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropEventDelivery(runner, 'teetime');
  }
}
