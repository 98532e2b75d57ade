import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createOutbox, dropOutbox } from '../outbox';

/** The events that changes told of. */
export class CreateOutbox1767225600005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createOutbox(runner, 'access_control', 'uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropOutbox(runner, 'access_control');
  }
}
