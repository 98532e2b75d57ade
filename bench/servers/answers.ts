import { randomUUID } from 'node:crypto';
import type { Sql } from 'sql-template-tag';
import { groupBy } from '../../shared/group-by';
import { statements } from './statements';

/** Runs a statement in the database of one system. */
export type Ask = (system: System, statement: Sql) => Promise<Row[]>;
export type System = 'access-control' | 'crm' | 'teetime' | 'scl' | 'messaging';
export type Row = Record<string, unknown>;

/** One tenant with what the systems know of it: five statements, of which four run at once. */
export async function answerTenant(ask: Ask, slug: string): Promise<unknown> {
  const [tenant] = await ask('access-control', statements.tenantBySlug(slug));
  if (!tenant) return { data: { tenant: null } };
  const id = String(tenant['id']);
  const [clubs, scl, customers, contacts] = await Promise.all([
    ask('teetime', statements.clubsOf(id)),
    ask('scl', statements.sclTenantByCode(String(tenant['scl_tenant_code']))),
    ask('crm', statements.customersOf(id)),
    ask('messaging', statements.contactsOf(String(tenant['messaging_tenant_id']))),
  ]);
  return {
    data: {
      tenant: {
        id,
        slug: tenant['slug'],
        displayName: tenant['display_name'],
        status: tenant['status'],
        registry: {
          sclTenantCode: tenant['scl_tenant_code'],
          teeTimeClubIds: tenant['club_ids'],
          messagingTenantId: tenant['messaging_tenant_id'],
          crmTenantId: tenant['crm_tenant_id'],
        },
        clubs: clubs.map((club) => ({ id: club['id'], clubCode: club['club_code'], name: club['name'] })),
        sclTenant: {
          code: scl[0]?.['code'],
          name: scl[0]?.['name'],
          clubs: scl.map((club) => ({ id: club['club_id'], name: club['club_name'] })),
        },
        customers: {
          edges: customers.map((customer) => ({
            node: {
              id: customer['id'],
              email: customer['email'],
              firstName: customer['first_name'],
              lastName: customer['last_name'],
            },
          })),
        },
        contacts: {
          edges: contacts.map((contact) => ({ node: { id: contact['id'], email: contact['email'] } })),
        },
      },
    },
  };
}

/** Fifty tenants with their clubs: two statements. */
export async function answerTenants(ask: Ask): Promise<unknown> {
  const tenants = await ask('access-control', statements.firstTenants());
  const clubs = await ask('teetime', statements.clubsOfTenants(tenants.map(({ id }) => String(id))));
  const clubsByTenant = groupBy(clubs, (club) => club['tenant_id']);
  return {
    data: {
      tenants: {
        edges: tenants.map((tenant) => ({
          node: {
            slug: tenant['slug'],
            clubs: (clubsByTenant.get(tenant['id']) ?? []).map((club) => ({
              clubCode: club['club_code'],
              name: club['name'],
            })),
          },
        })),
      },
    },
  };
}

/** What the registry says of the tenant that has a club: one statement. */
export async function answerRegistry(ask: Ask, clubId: string): Promise<unknown> {
  const [entry] = await ask('access-control', statements.registryByClub(clubId));
  if (!entry) return { data: { tenantRegistry: null } };
  return {
    data: {
      tenantRegistry: {
        tenantId: entry['tenant_id'],
        sclTenantCode: entry['scl_tenant_code'],
        messagingTenantId: entry['messaging_tenant_id'],
        crmTenantId: entry['crm_tenant_id'],
        tenant: { slug: entry['slug'] },
      },
    },
  };
}

/** Stores what somebody left in a tenant's form: one statement, without a trail of it and without an event. */
export async function answerLead(ask: Ask, lead: { tenantSlug: string; email: string }): Promise<unknown> {
  await ask('crm', statements.insertLead({ ...lead, id: randomUUID() }));
  return { data: { submitLead: { status: 'RECEIVED' } } };
}
