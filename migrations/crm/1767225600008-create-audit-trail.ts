import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createAuditTrail, dropAuditTrail } from '../audit-trail';

/** Who changed what of a tenant, entry by entry. */
export class CreateAuditTrail1767225600008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createAuditTrail(runner, 'crm', 'uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropAuditTrail(runner, 'crm');
  }
}
