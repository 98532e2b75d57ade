import { Client } from 'pg';
import { migrate } from '../shared/database/migrator';
import { loadSubgraphs } from '../subgraphs/modules';

/** How much the systems hold. */
export interface DataSize {
  tenants: number;
  clubsPerTenant: number;
  customersPerTenant: number;
  contactsPerTenant: number;
}

export const DATA_SIZE: DataSize = {
  tenants: 1_000,
  clubsPerTenant: 3,
  customersPerTenant: 50,
  contactsPerTenant: 5,
};

/** The slug of a tenant, counted from 1. */
export const slugOf = (tenant: number) => `club-${tenant}`;

/** A UUID out of a text, such that `clubIdOf` can say it too. */
const uuidOf = (text: string) =>
  `overlay(overlay(md5(${text}) placing '5' from 13) placing 'a' from 17)::uuid`;
const TENANT_ID = uuidOf("'tenant ' || t");
const CLUB_ID = uuidOf("'club ' || t || ' ' || c");

const EACH_TENANT = 'generate_series(1, $1::int) AS t';
const EACH_OF_TENANT = `${EACH_TENANT} CROSS JOIN generate_series(1, $2::int) AS c`;

/** Migrates the schemas as the product does and fills them with generated rows, the same in every run. */
export async function fillDatabase(url: string, size: DataSize): Promise<void> {
  for (const { name, migrations } of await loadSubgraphs()) {
    await migrate({ name, migrations, location: { url } });
  }
  await asAdministrator(url, async (client) => {
    const { tenants, clubsPerTenant, contactsPerTenant, customersPerTenant } = size;
    await client.query(
      `INSERT INTO access_control.tenant (id, slug, display_name)
       SELECT ${TENANT_ID}, 'club-' || t, 'Golf Club ' || t FROM ${EACH_TENANT}`,
      [tenants],
    );
    await client.query(
      `INSERT INTO access_control.tenant_registry (id, tenant_id, scl_tenant_code, scl_enabled, teetime_enabled,
         messaging_tenant_id, messaging_enabled, crm_tenant_id, crm_enabled, provisioned_at)
       SELECT ${uuidOf("'registry ' || t")}, ${TENANT_ID}, 'SCL' || t, true, true, 'msg-' || t, true,
         ${TENANT_ID}::text, true, now() FROM ${EACH_TENANT}`,
      [tenants],
    );
    await client.query(
      `INSERT INTO access_control.tenant_registry_club (club_id, tenant_id)
       SELECT ${CLUB_ID}, ${TENANT_ID} FROM ${EACH_OF_TENANT} ORDER BY t, c`,
      [tenants, clubsPerTenant],
    );
    await client.query(
      `INSERT INTO teetime.club (id, club_code, name, tenant_id, location, created_by, updated_by)
       SELECT ${CLUB_ID}, 'C' || t || '-' || c, 'Course ' || c || ' of ' || t, ${TENANT_ID}, 'Cape Town', 'bench', 'bench'
       FROM ${EACH_OF_TENANT}`,
      [tenants, clubsPerTenant],
    );
    await client.query(
      `INSERT INTO scl.scl_tenant (id, code, name, created_by, updated_by)
       SELECT ${uuidOf("'scl ' || t")}, 'SCL' || t, 'SCL Club ' || t, 'bench', 'bench' FROM ${EACH_TENANT}`,
      [tenants],
    );
    await client.query(
      `INSERT INTO scl.scl_club (id, scl_tenant_id, name, created_by, updated_by)
       SELECT ${uuidOf("'scl club ' || t || ' ' || c")}, ${uuidOf("'scl ' || t")}, 'Club ' || c || ' of ' || t, 'bench', 'bench'
       FROM ${EACH_OF_TENANT}`,
      [tenants, clubsPerTenant],
    );
    await client.query(
      `INSERT INTO messaging.contact (id, messaging_tenant_id, email, first_name, last_name, created_at, created_by, updated_by)
       SELECT ${uuidOf("'contact ' || t || ' ' || c")}, 'msg-' || t, 'contact-' || t || '-' || c || '@example.com',
         'Ayanda', 'Adams', now() - c * interval '1 minute', 'bench', 'bench'
       FROM ${EACH_OF_TENANT}`,
      [tenants, contactsPerTenant],
    );
    await client.query(
      `INSERT INTO crm.tenant (id, slug, display_name, status, created_at, updated_at)
       SELECT id, slug, display_name, status, created_at, updated_at FROM access_control.tenant`,
    );
    await insertCustomers(client, { tenants, customersPerTenant });
    await client.query('VACUUM ANALYZE');
  });
}

/** Replaces all customers by as many of each tenant as are asked for. */
export async function replaceCustomers(url: string, size: DataSize): Promise<void> {
  await asAdministrator(url, async (client) => {
    await client.query('TRUNCATE crm.customer CASCADE');
    await insertCustomers(client, size);
    await client.query('VACUUM ANALYZE crm.customer');
    await client.query('CHECKPOINT');
  });
}

/** The TeeTime clubs of all tenants. */
export async function readClubIds(url: string): Promise<string[]> {
  return asAdministrator(url, async (client) => {
    const { rows } = await client.query<{ id: string }>('SELECT id FROM teetime.club ORDER BY club_code');
    return rows.map(({ id }) => id);
  });
}

export async function versionOfPostgres(url: string): Promise<string> {
  return asAdministrator(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  });
}

async function insertCustomers(
  client: Client,
  { tenants, customersPerTenant }: Pick<DataSize, 'tenants' | 'customersPerTenant'>,
): Promise<void> {
  await client.query(
    `INSERT INTO crm.customer (id, tenant_id, tenant_slug, email, first_name, last_name, status, lifecycle_stage, tags,
       created_at, created_by, updated_by)
     SELECT ${uuidOf("'customer ' || t || ' ' || c")}, ${TENANT_ID}, 'club-' || t,
       'customer-' || t || '-' || c || '@example.com', 'Customer ' || c, 'Of ' || t, 'ACTIVE', 'MEMBER',
       ARRAY['golf', 'member'], now() - c * interval '1 minute', 'bench', 'bench'
     FROM ${EACH_OF_TENANT}`,
    [tenants, customersPerTenant],
  );
}

/** As the administrator, for whom every row exists. */
async function asAdministrator<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
