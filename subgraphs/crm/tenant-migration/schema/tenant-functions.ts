import sql, { raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { migratedTables } from './migrated-tables';
import { runTogether } from './run-together';
import type { Stage } from './stage';
import { tenantTable } from './tenant-table';

/**
 * Makes the functions that say whom a row's slug or UUID means, for a stage before CONTRACTED. The policies of the copies
 * hold within them: a viewer's tenants are the only ones there. Written so that PostgreSQL's planner takes them apart.
 */
export async function createTenantFunctions(runner: SqlRunner, stage: Stage): Promise<void> {
  const copies = tenantTable(stage);
  await runTogether(runner, [
    // Every text that names a tenant in rows: its slug, and what an operator mapped to it.
    sql`CREATE OR REPLACE FUNCTION crm_tenancy.row_names()
      RETURNS TABLE (name text, tenant_id uuid, slug text) LANGUAGE sql STABLE AS $$
        SELECT t.slug, t.id, t.slug FROM ${copies} t
        UNION ALL
        SELECT a.slug, t.id, t.slug FROM crm_tenancy.slug_alias a JOIN ${copies} t ON t.id = a.tenant_id
      $$`,
    // How the rows of each tenant are found in its phase, or, whatever it is, as the setting `crm_tenancy.read_by` says. One
    // row for each tenant, so that the planner takes rows by index: what is mapped to it gets its slug's spelling.
    sql`CREATE OR REPLACE FUNCTION crm_tenancy.row_owners()
      RETURNS TABLE (tenant_id uuid, slug text, by_slug boolean, by_uuid boolean) LANGUAGE sql STABLE AS $$
        SELECT t.id, t.slug,
          CASE current_setting('crm_tenancy.read_by', true) WHEN 'slug' THEN true WHEN 'uuid' THEN false
            ELSE coalesce(p.phase, 'LEGACY') IN ('LEGACY', 'DUAL_WRITE') END,
          CASE current_setting('crm_tenancy.read_by', true) WHEN 'slug' THEN false WHEN 'uuid' THEN true
            ELSE coalesce(p.phase, 'LEGACY') <> 'LEGACY' END
        FROM ${copies} t LEFT JOIN crm_tenancy.tenant_phase p ON p.tenant_id = t.id
      $$`,
    sql`CREATE OR REPLACE FUNCTION crm_tenancy.assert_reached(wanted uuid) RETURNS void LANGUAGE plpgsql STABLE AS $$
      BEGIN
        IF NOT EXISTS (SELECT FROM ${copies} WHERE id = wanted) THEN
          RAISE insufficient_privilege USING MESSAGE = 'new row violates row-level security: tenant out of reach';
        END IF;
      END $$`,
    ...takenNames(copies),
    ...renames(stage, copies),
    ...(stage === 'LEGACY' ? [] : newcomers()),
  ]);
}

/** A tenant that CRM first hears of in a later stage has nothing to move, unless rows have named it before. */
function newcomers(): Sql[] {
  const isNamed = migratedTables
    .map(({ name }) => `EXISTS (SELECT FROM crm.${name} r WHERE r.tenant_id = t.slug)`)
    .join(' OR ');
  return [
    sql`CREATE OR REPLACE FUNCTION crm_tenancy.begin_phases() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO crm_tenancy.tenant_phase (tenant_id, phase, changed_by)
        SELECT t.id, CASE WHEN ${raw(isNamed)} THEN 'LEGACY' ELSE 'COMPLETE' END, 'newcomer' FROM new_rows t
        ON CONFLICT DO NOTHING;
        RETURN NULL;
      END $$`,
    sql`CREATE OR REPLACE TRIGGER begin_phases AFTER INSERT ON crm.tenant REFERENCING NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION crm_tenancy.begin_phases()`,
  ];
}

/**
 * A mapped text that becomes a tenant's slug means that tenant from then on, whomever it was mapped to: no text names two
 * tenants, whose rows would be seen by both, nor one of them twice.
 */
function takenNames(copies: Sql): Sql[] {
  return [
    sql`DELETE FROM crm_tenancy.slug_alias a USING ${copies} t WHERE t.slug = a.slug`,
    sql`CREATE OR REPLACE FUNCTION crm_tenancy.end_aliases() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM crm_tenancy.slug_alias a USING new_rows n WHERE n.slug = a.slug;
        RETURN NULL;
      END $$`,
    ...['INSERT', 'UPDATE'].map(
      (event) => sql`
        CREATE OR REPLACE TRIGGER ${raw(`end_aliases_on_${event.toLowerCase()}`)} AFTER ${raw(event)} ON ${copies}
          REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm_tenancy.end_aliases()`,
    ),
  ];
}

/** What follows a tenant's new slug into its rows, as the contracted schema's foreign keys do. Tenants may swap slugs. */
function renames(stage: Stage, copies: Sql): Sql[] {
  const isOfTenant = raw(stage === 'LEGACY' ? '' : 'AND (r.tenant_uuid IS NULL OR r.tenant_uuid = o.id)');
  const updates = migratedTables.map(
    ({ name }) => sql`
      UPDATE ${raw(`crm.${name}`)} r SET tenant_id = n.slug FROM old_rows o JOIN new_rows n USING (id)
      WHERE o.slug <> n.slug AND r.tenant_id = o.slug ${isOfTenant};`,
  );
  return [
    sql`CREATE OR REPLACE FUNCTION crm_tenancy.rename_rows() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.slug <> n.slug) THEN
          ${joined(updates)}
        END IF;
        RETURN NULL;
      END $$`,
    sql`CREATE OR REPLACE TRIGGER rename_rows AFTER UPDATE ON ${copies}
      REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION crm_tenancy.rename_rows()`,
  ];
}

/**
 * Fills whichever of slug and UUID a writer left out, so that writers of the old version stay right (A22): also while the
 * tenant is renamed, for which they wait. A new row that names its tenant by another text than its slug gets the slug, and from
 * the tenant's cut-over on must come with the UUID (A25); neither where `crm_tenancy.keep_text` is on, for rows that are put back.
 */
export async function createFillTrigger(runner: SqlRunner): Promise<void> {
  await runTogether(runner, [
    sql`CREATE OR REPLACE FUNCTION crm_tenancy.fill_tenant() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm AS $$
      DECLARE
        reached text := coalesce(current_setting('tenant_graph.tenants', true), '');
        slug_now text;
        is_new boolean;
      BEGIN
        PERFORM set_config('tenant_graph.tenants', '*', true);
        IF NEW.tenant_uuid IS NULL THEN
          SELECT n.tenant_id INTO NEW.tenant_uuid FROM crm_tenancy.row_names() n WHERE n.name = NEW.tenant_id LIMIT 1;
          SELECT t.slug INTO slug_now FROM crm.tenant t WHERE t.id = NEW.tenant_uuid FOR KEY SHARE;
          is_new := TG_OP = 'INSERT' AND current_setting('crm_tenancy.keep_text', true) IS DISTINCT FROM 'on';
          IF is_new THEN NEW.tenant_id := coalesce(slug_now, NEW.tenant_id); END IF;
          IF is_new AND EXISTS (
            SELECT FROM crm_tenancy.tenant_phase p
            WHERE p.tenant_id = NEW.tenant_uuid AND p.phase IN ('CUTOVER', 'COMPLETE')
          ) THEN
            RAISE not_null_violation USING MESSAGE = format('rows of tenant %s need their tenant_uuid', NEW.tenant_id),
              HINT = 'The tenant is past its cut-over: write tenant_uuid.', TABLE = TG_TABLE_NAME, COLUMN = 'tenant_uuid';
          END IF;
        ELSE
          SELECT t.slug INTO NEW.tenant_id FROM crm.tenant t WHERE t.id = NEW.tenant_uuid FOR KEY SHARE;
        END IF;
        PERFORM set_config('tenant_graph.tenants', reached, true);
        RETURN NEW;
      END $$`,
    ...migratedTables.map(
      ({ name }) => sql`
        CREATE OR REPLACE TRIGGER fill_tenant BEFORE INSERT OR UPDATE ON ${raw(`crm.${name}`)} FOR EACH ROW
        WHEN (NEW.tenant_uuid IS NULL OR NEW.tenant_id IS NULL) EXECUTE FUNCTION crm_tenancy.fill_tenant()`,
    ),
  ]);
}

export async function dropFillTrigger(runner: SqlRunner): Promise<void> {
  await runTogether(runner, [
    ...migratedTables.map(({ name }) => sql`DROP TRIGGER IF EXISTS fill_tenant ON ${raw(`crm.${name}`)}`),
    sql`DROP FUNCTION IF EXISTS crm_tenancy.fill_tenant()`,
  ]);
}

export async function dropTenantFunctions(runner: SqlRunner, stage: Stage): Promise<void> {
  await runTogether(runner, [
    ...['rename_rows', 'begin_phases', 'end_aliases_on_insert', 'end_aliases_on_update'].map(
      (trigger) => sql`DROP TRIGGER IF EXISTS ${raw(trigger)} ON ${tenantTable(stage)}`,
    ),
    ...[
      'begin_phases()',
      'rename_rows()',
      'end_aliases()',
      'assert_reached(uuid)',
      'row_owners()',
      'row_names()',
    ].map((signature) => sql`DROP FUNCTION IF EXISTS crm_tenancy.${raw(signature)}`),
  ]);
}

function joined(statements: Sql[]): Sql {
  return raw(statements.map(({ text }) => text).join('\n'));
}
