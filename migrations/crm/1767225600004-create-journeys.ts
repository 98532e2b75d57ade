import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Journeys and their steps: what a tenant sends, to whom, after what (A37). */
export class CreateJourneys1767225600004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE crm.journey (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        tenant_slug text NOT NULL,
        name text NOT NULL CONSTRAINT journey_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
        description text CONSTRAINT journey_description_length CHECK (char_length(description) BETWEEN 1 AND 1000),
        status text NOT NULL DEFAULT 'DRAFT'
          CONSTRAINT journey_status_known CHECK (status IN ('DRAFT', 'ACTIVE', 'PAUSED', 'ARCHIVED')),
        trigger_type text NOT NULL CONSTRAINT journey_trigger_type_known CHECK (trigger_type IN (
          'SCL_MEMBER_CREATED', 'TEETIME_BOOKED', 'TEETIME_COMPLETED', 'PAYMENT_FAILED', 'ENGAGEMENT_DROPPED',
          'CRM_LEAD_SUBMITTED', 'MANUAL')),
        timezone text NOT NULL DEFAULT 'Africa/Johannesburg'
          CONSTRAINT journey_timezone_form CHECK (timezone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$'),
        is_system boolean NOT NULL DEFAULT false,
        pack_key text,
        pack_version integer,
        activated_at timestamptz(3),
        paused_at timestamptz(3),
        created_by text NOT NULL,
        updated_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT journey_tenant_fkey FOREIGN KEY (tenant_id, tenant_slug)
          REFERENCES crm.tenant (id, slug) ON UPDATE CASCADE,
        CONSTRAINT journey_tenant_id_id_key UNIQUE (tenant_id, id),
        CONSTRAINT journey_tenant_id_name_key UNIQUE (tenant_id, name),
        CONSTRAINT journey_system_is_of_pack CHECK (
          is_system = (pack_key IS NOT NULL) AND is_system = (pack_version IS NOT NULL))
      )`);
    await runner.query(`
      CREATE TABLE crm.journey_step (
        journey_id uuid NOT NULL,
        step_number integer NOT NULL CONSTRAINT journey_step_number_range CHECK (step_number BETWEEN 1 AND 50),
        tenant_id uuid NOT NULL,
        tenant_slug text NOT NULL,
        type text NOT NULL
          CONSTRAINT journey_step_type_known CHECK (type IN ('TRIGGER', 'SEND', 'WAIT', 'CONDITION', 'END')),
        name text CONSTRAINT journey_step_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
        channel text
          CONSTRAINT journey_step_channel_known CHECK (channel IN ('EMAIL', 'SMS', 'PUSH', 'WHATSAPP', 'IN_APP')),
        template_id text CONSTRAINT journey_step_template_id_length CHECK (char_length(template_id) BETWEEN 1 AND 64),
        wait_days integer CONSTRAINT journey_step_wait_days_range CHECK (wait_days BETWEEN 1 AND 365),
        PRIMARY KEY (journey_id, step_number),
        CONSTRAINT journey_step_tenant_fkey FOREIGN KEY (tenant_id, tenant_slug)
          REFERENCES crm.tenant (id, slug) ON UPDATE CASCADE,
        CONSTRAINT journey_step_journey_fkey FOREIGN KEY (tenant_id, journey_id)
          REFERENCES crm.journey (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT journey_step_send_has_channel CHECK ((type = 'SEND') = (channel IS NOT NULL)),
        CONSTRAINT journey_step_template_is_sent CHECK (type = 'SEND' OR template_id IS NULL),
        CONSTRAINT journey_step_wait_has_days CHECK ((type = 'WAIT') = (wait_days IS NOT NULL))
      )`);
    await runner.query(
      'CREATE INDEX journey_step_tenant_id_journey_id ON crm.journey_step (tenant_id, journey_id)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE crm.journey_step');
    await runner.query('DROP TABLE crm.journey');
  }
}
