import { v7 as uuid7 } from 'uuid';
import { prepareSchema } from '../../shared/database/roles';
import { YOLO_TENANT_ID } from '../../shared/tenancy/well-known-tenants';
import { type Owner, openOwner } from '../../subgraphs/crm/tenant-migration/schema/owner';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';
import { moveCrm } from './stage-of-crm';

export { YOLO_TENANT_ID };
export const CLUB_ID = '0b2f0a3c-1b1b-4c1e-9a39-7f6f0c9d2b11';

/** A database whose CRM is in the stage LEGACY, with the tenants `yolo` and `club`, and its owner. */
export interface LegacyCrm {
  database: Pick<TestDatabase, 'url' | 'query' | 'drop'>;
  owner: Owner;
  /** Adds what the moves of the schema add: a column for UUIDs. */
  expand(): Promise<void>;
  /** Ends the connections and the database. */
  drop(): Promise<void>;
}

export async function legacyCrm(): Promise<LegacyCrm> {
  const database = await createTestDatabase();
  // A clone has not what its template's owner was granted on the database.
  await prepareSchema({ url: database.url }, 'crm');
  return makeLegacyCrm(database);
}

/** The same in a database that is migrated. */
export async function makeLegacyCrm(database: LegacyCrm['database']): Promise<LegacyCrm> {
  await database.query(
    `INSERT INTO crm.tenant (id, slug, display_name, status, created_at, updated_at)
     VALUES ($1, 'yolo', 'Yolo', 'ACTIVE', now(), now()), ($2, 'club', 'The Club', 'ACTIVE', now(), now())`,
    [YOLO_TENANT_ID, CLUB_ID],
  );
  await moveCrm(database, 'LEGACY');
  const owner = await openOwner({ url: database.url }, { lockTimeoutMs: 500 });
  return {
    database,
    owner,
    expand: async () => {
      await moveCrm(database, 'EXPANDED');
    },
    drop: async () => {
      await owner.close();
      await database.drop();
    },
  };
}

/** Leads of a text, as writers of the old version wrote them; `message` numbers them from 1 on. */
export async function addLeads(
  { database }: Pick<LegacyCrm, 'database'>,
  count: number,
  slug: string | null,
): Promise<void> {
  await database.query(
    `INSERT INTO crm.lead (id, tenant_id, email, message, consent_given, input_digest, created_by, updated_by)
     SELECT gen_random_uuid(), $2, 'jo' || n || '@example.com', n::text, false, '', 'old', 'old'
     FROM generate_series(1, $1::int) n`,
    [count, slug],
  );
}

export async function addCustomer(
  { database }: Pick<LegacyCrm, 'database'>,
  slug: string | null,
  values: { authUserId?: string; email?: string | null } = {},
): Promise<string> {
  const id = uuid7();
  const { authUserId = null, email = 'jo@example.com' } = values;
  await database.query(
    `INSERT INTO crm.customer (id, tenant_id, auth_user_id, email, created_by, updated_by)
     VALUES ($1, $2, $3, $4, 'old', 'old')`,
    [id, slug, authUserId, email],
  );
  return id;
}

export async function addSegment(
  { database }: Pick<LegacyCrm, 'database'>,
  slug: string | null,
  name: string,
  { isSystem = false }: { isSystem?: boolean } = {},
): Promise<string> {
  const id = uuid7();
  await database.query(
    `INSERT INTO crm.segment (id, tenant_id, name, type, criteria, is_system, pack_key, pack_version, created_by, updated_by)
     VALUES ($1, $2, $3, 'DYNAMIC', '{"combinator": "AND", "rules": [], "groups": []}', $4,
       CASE WHEN $4 THEN 'CLUB' END, CASE WHEN $4 THEN 1 END, 'old', 'old')`,
    [id, slug, name, isSystem],
  );
  return id;
}

/** A journey of two steps. */
export async function addJourney(
  { database }: Pick<LegacyCrm, 'database'>,
  slug: string | null,
  name: string,
  stepsSlug = slug,
): Promise<string> {
  const id = uuid7();
  await database.query(
    `INSERT INTO crm.journey (id, tenant_id, name, trigger_type, created_by, updated_by)
     VALUES ($1, $2, $3, 'MANUAL', 'old', 'old')`,
    [id, slug, name],
  );
  await database.query(
    `INSERT INTO crm.journey_step (journey_id, step_number, tenant_id, type) VALUES ($1, 1, $2, 'TRIGGER'), ($1, 2, $2, 'END')`,
    [id, stepsSlug],
  );
  return id;
}

export async function addInstallation(
  { database }: Pick<LegacyCrm, 'database'>,
  slug: string,
  version: number,
): Promise<void> {
  await database.query(
    `INSERT INTO crm.template_pack_installation (tenant_id, pack_key, version, installed_by) VALUES ($1, 'CLUB', $2, 'old')`,
    [slug, version],
  );
}

/** Everything in the six tables, row by row. */
export async function contentOf({ database }: Pick<LegacyCrm, 'database'>): Promise<unknown[]> {
  const tables = ['lead', 'customer', 'segment', 'journey_step', 'journey', 'template_pack_installation'];
  const rows = tables.map((table) => `SELECT '${table}' AS table, to_jsonb(r) AS row FROM crm.${table} r`);
  return database.query(`SELECT * FROM (${rows.join(' UNION ALL ')}) r ORDER BY r.table, r.row::text`);
}

/** How many leads have which UUID, text by text. */
export async function leadsByTenant({ database }: Pick<LegacyCrm, 'database'>): Promise<unknown[]> {
  return database.query(
    `SELECT tenant_id AS slug, tenant_uuid AS tenant, count(*)::int AS leads FROM crm.lead GROUP BY 1, 2 ORDER BY 1, 2`,
  );
}

/** The quarantine list, by table, text and reason. */
export async function quarantineOf({ database }: Pick<LegacyCrm, 'database'>): Promise<unknown[]> {
  return database.query(
    `SELECT table_name AS table, slug, reason, count(*)::int AS rows FROM crm_tenancy.quarantined_row
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );
}
