import type { Platform } from '../platform';
import { systemCall } from '../shared/subgraph/transport';

const PAGE = `query UnregisteredTenants($after: String) {
  tenants(first: 100, after: $after, filter: { status: ACTIVE }) {
    edges { node { id slug registry { id } clubs { id } } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const REGISTER = `mutation RegisterTenant($input: ProvisionTenantInput!) {
  provisionTenant(input: $input) { status }
}`;
/** Clubs that one call of provisioning takes. */
const CLUBS_A_CALL = 100;

interface TenantsPage {
  tenants: {
    edges: {
      node: { id: string; slug: string; registry: { id: string } | null; clubs: { id: string }[] | null };
    }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

/**
 * Gives every active tenant without a registry entry one (B53). TeeTime and CRM, which answer such a tenant by its UUID, are
 * enabled in it with the clubs that TeeTime holds, so that nothing that is visible before disappears by it.
 * Returns the slugs of the tenants that were registered.
 */
export async function registerTenants({ gateway }: Platform): Promise<string[]> {
  const registered: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { tenants }: TenantsPage = await request(gateway, PAGE, { after });
    for (const { node } of tenants.edges.filter((edge) => edge.node.registry === null)) {
      const clubIds = (node.clubs ?? []).map((club) => club.id);
      for (let start = 0; start === 0 || start < clubIds.length; start += CLUBS_A_CALL) {
        const teeTime = { clubIds: clubIds.slice(start, start + CLUBS_A_CALL) };
        await request(gateway, REGISTER, {
          input: { tenant: { id: node.id }, teeTime, crm: { enabled: true } },
        });
      }
      registered.push(node.slug);
    }
    after = tenants.pageInfo.endCursor;
    more = tenants.pageInfo.hasNextPage;
  }
  return registered;
}

async function request<Data>(
  { server }: Platform['gateway'],
  query: string,
  variables: object,
): Promise<Data> {
  const { body } = await server.executeOperation(
    { query, variables: { ...variables } },
    { contextValue: systemCall('seed') },
  );
  if (body.kind !== 'single') throw new Error('The graph answers in one piece');
  if (body.singleResult.errors?.[0]) throw new Error(body.singleResult.errors[0].message);
  return body.singleResult.data as Data;
}
