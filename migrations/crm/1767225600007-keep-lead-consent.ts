import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A lead's consent is kept with where it came from and what the form then said. */
export class KeepLeadConsent1767225600007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(`
      ALTER TABLE crm.lead
        ADD COLUMN consent_address inet
          CONSTRAINT lead_address_with_consent CHECK (consent_address IS NULL OR consent_given),
        ADD COLUMN form_version text
          CONSTRAINT lead_form_version_length CHECK (char_length(form_version) BETWEEN 1 AND 100)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query('ALTER TABLE crm.lead DROP COLUMN consent_address, DROP COLUMN form_version');
  }
}
