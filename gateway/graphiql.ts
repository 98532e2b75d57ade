import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GRAPHIQL_POLICY } from './http-hygiene';
import { developerToken } from './identity/developer-token';
import type { LocalIssuer } from './identity/local-issuer';

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

/** Stands in the page, which is rendered once, for what is new at each visit. */
const HEADERS_PLACEHOLDER = 'headers-of-this-visit';

/**
 * Serves GraphiQL at `/` from its package, so that it works without a network. It is loaded at the first visit. With a
 * local issuer it opens with a new platform token in its headers, for visitors on the same machine.
 */
export function addGraphiql(app: FastifyInstance, localIssuer: LocalIssuer | null): void {
  let page: string | undefined;
  app.get('/', async (request, reply) => {
    page ??= await renderPage();
    const headers = localIssuer && isOfThisMachine(request) ? await developerHeaders(localIssuer) : '';
    reply.header('content-security-policy', GRAPHIQL_POLICY);
    // The placeholder stands inside a text in JSON.
    const asJsonText = JSON.stringify(headers).slice(1, -1);
    return reply
      .type('text/html; charset=utf-8')
      .send(page.replaceAll(HEADERS_PLACEHOLDER, () => asJsonText));
  });
}

async function renderPage(): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const options = {
    title: 'Tenant graph',
    endpoint: '/graphql',
    // With a default alone, a second visit would open an empty tab. The package's type leaves this option out.
    query: FIRST_QUERY,
    defaultHeaders: HEADERS_PLACEHOLDER,
    // A kept token would be an expired one some day.
    shouldPersistHeaders: false,
  };
  return renderGraphiQL(options);
}

async function developerHeaders(localIssuer: LocalIssuer): Promise<string> {
  return JSON.stringify({ authorization: `Bearer ${await developerToken(localIssuer)}` });
}

/**
 * Whether the page was asked for on this machine, by an address that no other site's name can stand for, and without a
 * proxy between, which would ask for someone far away.
 */
function isOfThisMachine({ raw }: FastifyRequest): boolean {
  const isForwarded = Object.keys(raw.headers).some((name) =>
    /^(forwarded|via|x-forwarded-.*|x-real-ip)$/.test(name),
  );
  return (
    !isForwarded &&
    /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(raw.socket.remoteAddress ?? '') &&
    /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(raw.headers.host ?? '')
  );
}
