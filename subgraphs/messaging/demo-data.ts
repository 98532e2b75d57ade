import sql from 'sql-template-tag';
import type { Database } from '../../shared/database/database';
import type { DemoTenant } from '../../shared/demo/demo-tenants';
import { systemViewer } from '../../shared/identity/viewer';

/** Tenants whose contacts one statement writes, so that none runs into the time limit of a statement. */
const TENANTS_A_STATEMENT = 1_000;

const FIRST_NAMES =
  'Thabo Lerato Pieter Anele Sipho Naledi Johan Zanele Riaan Priya Ayanda Megan Kagiso Chantel Bongani Fatima'.split(
    ' ',
  );
const LAST_NAMES =
  'Nkosi Botha Dlamini Naidoo Mokoena Smith Khumalo Pretorius Jacobs Molefe Adams Venter Pillay'.split(' ');

/** Writes the contacts of the demo tenants; what is there already stays as it is. */
export async function writeDemoData(database: Database, tenants: DemoTenant[]): Promise<number> {
  let written = 0;
  for (let start = 0; start < tenants.length; start += TENANTS_A_STATEMENT) {
    written += await writeContacts(database, tenants.slice(start, start + TENANTS_A_STATEMENT));
  }
  return written;
}

/**
 * All that differs from contact to contact follows from its tenant's key and its number, so that every start writes
 * the same ones: a fourth has no telephone number, another fourth no e-mail address.
 */
async function writeContacts(database: Database, tenants: DemoTenant[]): Promise<number> {
  const rows = await database.rows(sql`
    INSERT INTO messaging.contact (
      id, messaging_tenant_id, email, phone_number, first_name, last_name,
      email_opt_in, sms_opt_in, push_opt_in, whatsapp_opt_in, created_at, created_by, updated_at, updated_by)
    SELECT id, key,
      CASE WHEN number % 4 <> 3 THEN lower(first_name || '.' || last_name) || '.' || number || '@example.com' END,
      CASE WHEN number % 4 <> 1 THEN '+2782' || lpad((chance % 10000000)::text, 7, '0') END,
      first_name, last_name,
      number % 4 <> 3, number % 4 <> 1 AND chance % 2 = 0, chance % 3 = 0, number % 4 <> 1 AND chance % 5 < 3,
      created_at, ${systemViewer.subject}, created_at, ${systemViewer.subject}
    FROM unnest(
      ${tenants.map((tenant) => tenant.messagingTenantId)}::text[],
      ${tenants.map((tenant) => tenant.contacts)}::int[]
    ) AS demo(key, count)
    CROSS JOIN LATERAL generate_series(1, demo.count) AS number
    CROSS JOIN LATERAL (
      SELECT md5('contact:' || key || ':' || number)::uuid AS id,
        abs(hashtext(key || ':' || number)::bigint) AS chance
    ) AS derived
    CROSS JOIN LATERAL (
      SELECT (${FIRST_NAMES}::text[])[1 + chance % ${FIRST_NAMES.length}::int] AS first_name,
        (${LAST_NAMES}::text[])[1 + chance / 16 % ${LAST_NAMES.length}::int] AS last_name,
        now() - make_interval(days => number * 9, mins => (chance % 1440)::int) AS created_at
    ) AS person
    ON CONFLICT DO NOTHING RETURNING id`);
  return rows.length;
}
