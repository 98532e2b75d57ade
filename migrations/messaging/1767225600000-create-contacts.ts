import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Contacts, scoped by the string by which Messaging knows a tenant (ADR-0003; B4). */
export class CreateContacts1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE messaging.contact (
        id uuid CONSTRAINT contact_pkey PRIMARY KEY,
        messaging_tenant_id text NOT NULL CONSTRAINT contact_messaging_tenant_id_form
          CHECK (messaging_tenant_id ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$'),
        email text CONSTRAINT contact_email_form
          CHECK (char_length(email) <= 254 AND email LIKE '_%@_%' AND email !~ '[A-Z]'),
        phone_number text CONSTRAINT contact_phone_number_e164 CHECK (phone_number ~ '^[+][1-9][0-9]{6,14}$'),
        first_name text CONSTRAINT contact_first_name_length CHECK (char_length(first_name) BETWEEN 1 AND 100),
        last_name text CONSTRAINT contact_last_name_length CHECK (char_length(last_name) BETWEEN 1 AND 100),
        email_opt_in boolean NOT NULL DEFAULT false,
        sms_opt_in boolean NOT NULL DEFAULT false,
        push_opt_in boolean NOT NULL DEFAULT false,
        whatsapp_opt_in boolean NOT NULL DEFAULT false,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        created_by text NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_by text NOT NULL,
        CONSTRAINT contact_is_reachable CHECK (email IS NOT NULL OR phone_number IS NOT NULL)
      )`);
    await runner.query(`
      CREATE INDEX contact_messaging_tenant_id_created_at
        ON messaging.contact (messaging_tenant_id, created_at, id)`);
    await runner.query(
      'CREATE INDEX contact_messaging_tenant_id_email ON messaging.contact (messaging_tenant_id, email)',
    );
    await runner.query(`
      CREATE INDEX contact_messaging_tenant_id_phone_number
        ON messaging.contact (messaging_tenant_id, phone_number)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE messaging.contact');
  }
}
