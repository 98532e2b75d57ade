import type { FastifyInstance } from 'fastify';

const FIRST_QUERY = `# One request over five systems. Press Ctrl+Enter.
{
  tenant(slug: "digiwedge") {
    id
    displayName
    status
    registry { sclTenantCode teeTimeClubIds messagingTenantId crmTenantId }
    clubs { clubCode name }
    sclTenant { code clubs { name } }
    contacts(first: 5) { edges { node { email } } }
    customers(first: 5) { totalCount edges { node { email tenantId tenantSlug } } }
    segments { name isSystem }
    journeys { name }
  }
}
`;

/** Serves GraphiQL at `/` from its package, so that it works without a network. It is loaded at the first visit. */
export function addGraphiql(app: FastifyInstance): void {
  let page: string | undefined;
  app.get('/', async (_request, reply) => {
    if (page === undefined) {
      const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
      page = renderGraphiQL({ title: 'Tenant graph', endpoint: '/graphql', defaultQuery: FIRST_QUERY });
    }
    return reply.type('text/html; charset=utf-8').send(page);
  });
}
