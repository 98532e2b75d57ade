import type { MigrationInterface, QueryRunner } from 'typeorm';
import { countOutagesAlike, countOutagesApart } from '../event-delivery';

/** An outage of a consumer does not count as its refusal of an event. */
export class CountOutages1767225600050 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await countOutagesApart(runner, 'access_control');
  }

  async down(runner: QueryRunner): Promise<void> {
    await countOutagesAlike(runner, 'access_control');
  }
}
