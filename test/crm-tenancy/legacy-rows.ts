import { randomUUID } from 'node:crypto';
import { migrate } from '../../shared/database/migrator';
import { crm } from '../../subgraphs/crm/subgraph';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

/** A database whose CRM its owner may change, as in one that was migrated and not cloned. */
export async function migratedDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await migrate({ name: 'crm', migrations: crm.migrations, location: { url: database.url } });
  return database;
}

/** Rows as the version before wrote them: their tenant is a text. */
export async function legacyCustomer(
  database: TestDatabase,
  slug: string | null,
  row: { id?: string; authUserId?: string } = {},
): Promise<string> {
  const id = row.id ?? randomUUID();
  await database.query(
    `INSERT INTO crm.customer (id, tenant_id, auth_user_id, email, created_by, updated_by)
     VALUES ($1, $2, $3, $4, 'legacy', 'legacy')`,
    [id, slug, row.authUserId ?? null, `${id}@example.com`],
  );
  return id;
}

export async function legacyLead(
  database: TestDatabase,
  slug: string | null,
  row: { customerId?: string; idempotencyKey?: string } = {},
): Promise<string> {
  const id = randomUUID();
  await database.query(
    `INSERT INTO crm.lead (id, tenant_id, email, consent_given, customer_id, idempotency_key, input_digest, created_by, updated_by)
     VALUES ($1, $2, $3, false, $4, $5, 'none', 'legacy', 'legacy')`,
    [id, slug, `${id}@example.com`, row.customerId ?? null, row.idempotencyKey ?? null],
  );
  return id;
}

/** A tenant as CRM has it of Access Control, in any stage but LEGACY. */
export async function crmTenant(database: TestDatabase, slug: string): Promise<string> {
  const id = randomUUID();
  await database.query(
    `INSERT INTO crm.tenant (id, slug, display_name, status, created_at, updated_at)
     VALUES ($1, $2, $2, 'ACTIVE', now(), now())`,
    [id, slug],
  );
  return id;
}

/** What a backfill does to the rows that name a tenant by its slug. */
export async function fillUuids(database: TestDatabase): Promise<void> {
  for (const table of [
    'lead',
    'customer',
    'segment',
    'journey_step',
    'journey',
    'template_pack_installation',
  ]) {
    await database.query(`UPDATE crm.${table} r SET tenant_uuid = t.id FROM crm.tenant t
      WHERE t.slug = r.tenant_id AND r.tenant_uuid IS NULL`);
  }
}
