import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets the notes of events that are too old to come again be found, as every rename asks for them. */
export class FindOldNotes1767225600017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX event_inbox_taken_at ON crm.event_inbox (taken_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX crm.event_inbox_taken_at');
  }
}
