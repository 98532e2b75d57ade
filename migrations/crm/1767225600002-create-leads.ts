import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Leads: what the public left in a tenant's form (A32–A34). A customer that a lead became is of the same tenant. */
export class CreateLeads1767225600002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE crm.lead (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        tenant_slug text NOT NULL,
        status text NOT NULL DEFAULT 'NEW'
          CONSTRAINT lead_status_known CHECK (status IN ('NEW', 'CONTACTED', 'QUALIFIED', 'CONVERTED', 'LOST')),
        email text
          CONSTRAINT lead_email_length CHECK (char_length(email) BETWEEN 3 AND 254)
          CONSTRAINT lead_email_lower_case CHECK (email !~ '[A-Z]'),
        phone_number text CONSTRAINT lead_phone_number_form CHECK (phone_number ~ '^\\+[1-9][0-9]{6,14}$'),
        first_name text CONSTRAINT lead_first_name_length CHECK (char_length(first_name) BETWEEN 1 AND 100),
        last_name text CONSTRAINT lead_last_name_length CHECK (char_length(last_name) BETWEEN 1 AND 100),
        company text CONSTRAINT lead_company_length CHECK (char_length(company) BETWEEN 1 AND 200),
        message text CONSTRAINT lead_message_length CHECK (char_length(message) BETWEEN 1 AND 5000),
        source text CONSTRAINT lead_source_length CHECK (char_length(source) BETWEEN 1 AND 100),
        utm_source text CONSTRAINT lead_utm_source_length CHECK (char_length(utm_source) BETWEEN 1 AND 200),
        utm_medium text CONSTRAINT lead_utm_medium_length CHECK (char_length(utm_medium) BETWEEN 1 AND 200),
        utm_campaign text CONSTRAINT lead_utm_campaign_length CHECK (char_length(utm_campaign) BETWEEN 1 AND 200),
        utm_term text CONSTRAINT lead_utm_term_length CHECK (char_length(utm_term) BETWEEN 1 AND 200),
        utm_content text CONSTRAINT lead_utm_content_length CHECK (char_length(utm_content) BETWEEN 1 AND 200),
        consent_given boolean NOT NULL,
        consent_at timestamptz(3),
        customer_id uuid,
        idempotency_key text CONSTRAINT lead_idempotency_key_length CHECK (char_length(idempotency_key) BETWEEN 1 AND 128),
        input_digest text NOT NULL,
        created_by text NOT NULL,
        updated_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT lead_tenant_fkey FOREIGN KEY (tenant_id, tenant_slug)
          REFERENCES crm.tenant (id, slug) ON UPDATE CASCADE,
        CONSTRAINT lead_customer_fkey FOREIGN KEY (tenant_id, customer_id) REFERENCES crm.customer (tenant_id, id),
        CONSTRAINT lead_reachable CHECK (num_nonnulls(email, phone_number) > 0),
        CONSTRAINT lead_consent_has_time CHECK (consent_given = (consent_at IS NOT NULL))
      )`);
    await runner.query(
      'CREATE INDEX lead_tenant_id_created_at ON crm.lead (tenant_id, created_at DESC, id DESC)',
    );
    await runner.query(`
      CREATE INDEX lead_tenant_id_customer_id ON crm.lead (tenant_id, customer_id) WHERE customer_id IS NOT NULL`);
    await runner.query(`
      CREATE UNIQUE INDEX lead_tenant_id_idempotency_key_key ON crm.lead (tenant_id, idempotency_key)
      WHERE idempotency_key IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE crm.lead');
  }
}
