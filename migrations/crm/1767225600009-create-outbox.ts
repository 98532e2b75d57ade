import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createOutbox, dropOutbox } from '../outbox';

/** The events that changes told of. */
export class CreateOutbox1767225600009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createOutbox(runner, 'crm', 'uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropOutbox(runner, 'crm');
  }
}
