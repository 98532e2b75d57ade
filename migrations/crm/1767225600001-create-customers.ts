import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Customers: one profile of a person, or of a company, at one tenant. */
export class CreateCustomers1767225600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE crm.customer (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        tenant_slug text NOT NULL,
        auth_user_id text CONSTRAINT customer_auth_user_id_length CHECK (char_length(auth_user_id) BETWEEN 1 AND 128),
        email text
          CONSTRAINT customer_email_length CHECK (char_length(email) BETWEEN 3 AND 254)
          CONSTRAINT customer_email_lower_case CHECK (email !~ '[A-Z]'),
        phone_number text CONSTRAINT customer_phone_number_form CHECK (phone_number ~ '^\\+[1-9][0-9]{6,14}$'),
        scl_member_id integer CONSTRAINT customer_scl_member_id_positive CHECK (scl_member_id > 0),
        teetime_player_id uuid,
        messaging_contact_id text
          CONSTRAINT customer_messaging_contact_id_length CHECK (char_length(messaging_contact_id) BETWEEN 1 AND 64),
        first_name text CONSTRAINT customer_first_name_length CHECK (char_length(first_name) BETWEEN 1 AND 100),
        last_name text CONSTRAINT customer_last_name_length CHECK (char_length(last_name) BETWEEN 1 AND 100),
        display_name text CONSTRAINT customer_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 200),
        status text NOT NULL DEFAULT 'ACTIVE'
          CONSTRAINT customer_status_known CHECK (status IN ('ACTIVE', 'INACTIVE', 'MERGED', 'DELETED')),
        lifecycle_stage text NOT NULL DEFAULT 'SUBSCRIBER' CONSTRAINT customer_lifecycle_stage_known CHECK (
          lifecycle_stage IN ('SUBSCRIBER', 'LEAD', 'PROSPECT', 'CUSTOMER', 'MEMBER', 'ADVOCATE', 'CHURNED')),
        tags text[] NOT NULL DEFAULT '{}' CONSTRAINT customer_tags_count CHECK (cardinality(tags) <= 50),
        engagement_score integer NOT NULL DEFAULT 0
          CONSTRAINT customer_engagement_score_range CHECK (engagement_score BETWEEN 0 AND 100),
        churn_risk_score integer NOT NULL DEFAULT 0
          CONSTRAINT customer_churn_risk_score_range CHECK (churn_risk_score BETWEEN 0 AND 100),
        lifetime_value integer NOT NULL DEFAULT 0 CONSTRAINT customer_lifetime_value_range CHECK (lifetime_value >= 0),
        last_activity_at timestamptz(3),
        activity_count_30d integer NOT NULL DEFAULT 0
          CONSTRAINT customer_activity_count_30d_range CHECK (activity_count_30d >= 0),
        booking_count_30d integer NOT NULL DEFAULT 0
          CONSTRAINT customer_booking_count_30d_range CHECK (booking_count_30d >= 0),
        last_booking_at timestamptz(3),
        last_email_open_at timestamptz(3),
        handicap double precision CONSTRAINT customer_handicap_range CHECK (handicap BETWEEN -10 AND 54),
        home_club_id uuid,
        home_club_name text CONSTRAINT customer_home_club_name_length CHECK (char_length(home_club_name) BETWEEN 1 AND 200),
        membership_tier text CONSTRAINT customer_membership_tier_length CHECK (char_length(membership_tier) BETWEEN 1 AND 50),
        membership_status text
          CONSTRAINT customer_membership_status_length CHECK (char_length(membership_status) BETWEEN 1 AND 50),
        member_since timestamptz(3),
        membership_expiry timestamptz(3),
        email_opt_in boolean NOT NULL DEFAULT false,
        sms_opt_in boolean NOT NULL DEFAULT false,
        push_opt_in boolean NOT NULL DEFAULT false,
        whatsapp_opt_in boolean NOT NULL DEFAULT false,
        created_by text NOT NULL,
        updated_by text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT customer_tenant_fkey FOREIGN KEY (tenant_id, tenant_slug)
          REFERENCES crm.tenant (id, slug) ON UPDATE CASCADE,
        CONSTRAINT customer_tenant_id_id_key UNIQUE (tenant_id, id),
        CONSTRAINT customer_tenant_id_auth_user_id_key UNIQUE (tenant_id, auth_user_id),
        CONSTRAINT customer_identified CHECK (num_nonnulls(auth_user_id, email, phone_number) > 0)
      )`);
    await runner.query(
      'CREATE INDEX customer_tenant_id_created_at ON crm.customer (tenant_id, created_at DESC, id DESC)',
    );
    await runner.query('CREATE INDEX customer_tenant_id_email ON crm.customer (tenant_id, email)');
    await runner.query(
      'CREATE INDEX customer_tenant_id_phone_number ON crm.customer (tenant_id, phone_number)',
    );
    await runner.query('CREATE INDEX customer_tags ON crm.customer USING gin (tags)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE crm.customer');
  }
}
