import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createAuditTrail, dropAuditTrail } from '../audit-trail';

/** Who changed what of a tenant, entry by entry. */
export class CreateAuditTrail1767225600004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createAuditTrail(runner, 'access_control', 'uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropAuditTrail(runner, 'access_control');
  }
}
