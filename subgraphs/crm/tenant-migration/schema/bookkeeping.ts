import type { MigrationInterface, QueryRunner } from 'typeorm';
import { contractedPageFunctions } from './page-functions';

/** What the move from slugs to UUIDs writes down: how far schema and tenants are, and whatever it must not forget. */
export class KeepTenancyBooks1767225600050 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA crm_tenancy');
    for (const table of TABLES) await runner.query(`CREATE TABLE crm_tenancy.${table}`);
    await runner.query(`
      CREATE INDEX retired_row_slug ON crm_tenancy.retired_row (slug, table_name);
      CREATE INDEX quarantined_row_slug ON crm_tenancy.quarantined_row (slug, reason);
      CREATE INDEX phase_change_tenant_id ON crm_tenancy.phase_change (tenant_id, changed_at DESC);
      CREATE INDEX read_mismatch_tenant_id ON crm_tenancy.read_mismatch (tenant_id, seen_at DESC);
      CREATE INDEX pending_lead_slug ON crm_tenancy.pending_lead (slug, received_at) WHERE state = 'PENDING';
      CREATE INDEX pending_lead_expiry ON crm_tenancy.pending_lead (expires_at) WHERE state = 'PENDING';
      CREATE UNIQUE INDEX pending_lead_key ON crm_tenancy.pending_lead (slug, idempotency_key)
        WHERE idempotency_key IS NOT NULL`);
    await runner.query(`INSERT INTO crm_tenancy.schema_stage (stage) VALUES ('CONTRACTED')`);
    await runner.query('GRANT USAGE ON SCHEMA crm_tenancy TO crm_app');
    await runner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm_tenancy TO crm_app');
    for (const { text } of contractedPageFunctions) await runner.query(text);
    await runner.query('REVOKE INSERT, UPDATE, DELETE ON crm_tenancy.schema_stage FROM crm_app');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA crm_tenancy CASCADE');
  }
}

const PHASE = `text NOT NULL CHECK (phase IN ('LEGACY', 'DUAL_WRITE', 'CUTOVER', 'COMPLETE'))`;

const TABLES = [
  `schema_stage (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    stage text NOT NULL CHECK (stage IN ('LEGACY', 'EXPANDED', 'ENFORCED', 'CONTRACTED')),
    changed_by text NOT NULL DEFAULT 'migrate',
    changed_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  `tenant_phase (
    tenant_id uuid PRIMARY KEY,
    phase ${PHASE},
    changed_by text NOT NULL,
    changed_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  `phase_change (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    from_phase text NOT NULL,
    to_phase text NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz(3) NOT NULL DEFAULT now(),
    override_reason text,
    evidence jsonb NOT NULL
  )`,
  `slug_alias (
    slug text PRIMARY KEY,
    tenant_id uuid NOT NULL,
    mapped_by text NOT NULL,
    mapped_at timestamptz(3) NOT NULL DEFAULT now(),
    last_used_at timestamptz(3),
    uses bigint NOT NULL DEFAULT 0
  )`,
  `quarantined_row (
    table_name text NOT NULL,
    row_key jsonb NOT NULL,
    slug text,
    reason text NOT NULL CHECK (reason IN ('UNKNOWN_SLUG', 'BLANK_SLUG', 'ORPHAN', 'DUPLICATE', 'FAILED')),
    detail text,
    quarantined_at timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (table_name, row_key)
  )`,
  `retired_row (
    id uuid PRIMARY KEY,
    table_name text NOT NULL,
    row_key jsonb NOT NULL,
    slug text,
    content jsonb NOT NULL,
    retired_by text NOT NULL,
    retired_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  `original_value (
    table_name text NOT NULL,
    row_key jsonb NOT NULL,
    column_name text NOT NULL,
    value jsonb,
    changed_at timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (table_name, row_key, column_name)
  )`,
  `backfill (
    table_name text PRIMARY KEY,
    cursor jsonb,
    rows_total bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0,
    rows_failed bigint NOT NULL DEFAULT 0,
    batch_size integer NOT NULL,
    rows_per_second double precision,
    rate_deviation double precision,
    state text NOT NULL CHECK (state IN ('RUNNING', 'PAUSED', 'HELD', 'STOPPED', 'DONE')),
    hold_reason text,
    started_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    finished_at timestamptz(3)
  )`,
  `setting (
    name text PRIMARY KEY,
    value jsonb NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  `legacy_caller (
    client_id text NOT NULL,
    user_agent text NOT NULL,
    address_prefix text NOT NULL,
    tenant_id uuid NOT NULL,
    uses bigint NOT NULL DEFAULT 0,
    first_used_at timestamptz(3) NOT NULL,
    last_used_at timestamptz(3) NOT NULL,
    PRIMARY KEY (client_id, user_agent, address_prefix, tenant_id)
  )`,
  `read_comparison (
    tenant_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    compared bigint NOT NULL DEFAULT 0,
    differed bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, hour)
  )`,
  `read_mismatch (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    statement text NOT NULL,
    only_by_slug jsonb NOT NULL,
    only_by_uuid jsonb NOT NULL,
    seen_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  `pending_lead (
    id uuid PRIMARY KEY,
    slug text NOT NULL,
    input jsonb NOT NULL,
    received_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'REPLAYED', 'REFUSED', 'EXPIRED')),
    lead_id uuid,
    tried_at timestamptz(3),
    attempts integer NOT NULL DEFAULT 0,
    refusal text,
    idempotency_key text,
    context jsonb NOT NULL
  )`,
];
