import { request as httpRequest } from 'node:http';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import pino from 'pino';
import { createGateway, type Gateway } from '../../gateway/gateway';
import { createIdentify } from '../../gateway/identity/identify';
import { publishedKeys } from '../../gateway/identity/published-keys';
import { readSupergraph } from '../../gateway/supergraph';
import { anonymousViewer, type Viewer } from '../../shared/identity/viewer';
import { createMetrics } from '../../shared/metrics/metrics';
import { bySubgraph } from '../../shared/settings';
import type { SubgraphTransport } from '../../shared/subgraph/transport';
import { createTenantDirectory } from '../../shared/tenancy/tenant-directory';
import { type OidcProvider, startOidcProvider } from '../testkit/oidc-provider';

const AUDIENCE = 'tenant-graph';
const TENANT = 'aaaaaaaa-0000-4000-8000-000000000001';
const OTHER_TENANT = 'bbbbbbbb-0000-4000-8000-000000000002';

/** The viewers for whom the gateway asked a subgraph, in order. */
const viewers: Viewer[] = [];
const recorder: SubgraphTransport = {
  async execute(_request, { viewer }) {
    viewers.push(viewer);
    return { data: { tenant: null } };
  },
  checkHealth: async () => undefined,
};

/** Knows none of the tenants that tokens name here. */
const nobodyThere: SubgraphTransport = {
  execute: async () => ({ data: { _entities: [] } }),
  checkHealth: async () => undefined,
};

const logger = pino({ level: 'silent' });

let provider: OidcProvider;
let gateway: Gateway;
let url: string;
beforeEach(() => {
  viewers.length = 0;
});

async function open(): Promise<void> {
  provider = await startOidcProvider();
  const keys = publishedKeys(provider.jwksUri, { timeoutMs: 300, cooldownMs: 2_000 });
  gateway = await createGateway({
    supergraphSdl: await readSupergraph(),
    transports: bySubgraph(() => recorder),
    identity: {
      identify: createIdentify({ issuer: provider.issuer, audience: AUDIENCE, keys }, createMetrics()),
      localIssuer: null,
    },
    tenants: createTenantDirectory({ accessControl: nobodyThere, metrics: createMetrics(), logger }),
    isProduction: false,
    metrics: createMetrics(),
    logger,
  });
  url = `${await gateway.http.listen('127.0.0.1', 0)}/graphql`;
}

async function close(): Promise<void> {
  await gateway.stop();
  await provider.stop();
}

const now = () => Math.floor(Date.now() / 1000);
const claims = (more: JWTPayload = {}): JWTPayload => ({
  iss: provider.issuer,
  aud: AUDIENCE,
  sub: 'someone',
  exp: now() + 300,
  roles: ['PLATFORM_ADMIN'],
  ...more,
});

interface Reply {
  status: number;
  challenge: string | undefined;
  text: string;
  code: string | undefined;
}

const QUERY = '{ tenant(slug: "digiwedge") { id } }';
const PUBLIC_MUTATION = 'mutation { submitLead(input: { tenantSlug: "a", email: "a@example.com" }) { id } }';

/** Sends a query with headers as they are, also the same one twice. */
function send(headers: Record<string, string | string[]>, query = QUERY): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            challenge: response.headers['www-authenticate'],
            text,
            code: JSON.parse(text).errors?.[0]?.extensions.code,
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ query }));
  });
}

const sendToken = (token: string) => send({ authorization: `Bearer ${token}` });

describe('a request', () => {
  beforeAll(open);
  afterAll(close);

  test.each(['RS256', 'ES256', 'EdDSA'] as const)(
    'a token that is signed with %s is accepted',
    async (alg) => {
      expect((await sendToken(await provider.sign(claims(), alg))).status).toBe(200);
      expect(viewers).toEqual([
        expect.objectContaining({ subject: 'someone', kind: 'user', tenants: 'all' }),
      ]);
    },
  );

  test('without a token the viewer is anonymous, whatever tenant it chooses', async () => {
    await send({ 'x-tenant-id': 'nonsense' }, PUBLIC_MUTATION);
    expect(viewers).toEqual([anonymousViewer]);
  });

  test.each([
    ['expired within the skew', () => claims({ exp: now() - 20 })],
    ['good from within the skew', () => claims({ nbf: now() + 20 })],
    ['meant for others too', () => claims({ aud: ['others', AUDIENCE] })],
  ])('a token that is %s is accepted', async (_what, of) => {
    expect((await sendToken(await provider.sign(of()))).status).toBe(200);
  });

  test('the scheme’s name may be in lower case', async () => {
    const reply = await send({ authorization: `bearer ${await provider.sign(claims())}` });
    expect(reply.status).toBe(200);
    expect(viewers[0]?.subject).toBe('someone');
  });

  const badTokens: [string, RegExp, () => Promise<string>][] = [
    [
      'without a signature',
      /algorithms RS256, ES256, EdDSA/,
      async () => new UnsecuredJWT(claims()).encode(),
    ],
    [
      'signed with HS256 and the public key as secret',
      /algorithms/,
      async () => {
        const published = provider.publicKey('RS256');
        return new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', kid: published.kid })
          .sign(new TextEncoder().encode(JSON.stringify(published)));
      },
    ],
    ['of another issuer', /`iss`/, () => provider.sign(claims({ iss: 'https://elsewhere.example.com' }))],
    ['for another audience', /`aud`/, () => provider.sign(claims({ aud: 'others' }))],
    ['for nobody', /`aud`/, () => provider.sign(claims({ aud: undefined }))],
    ['without an end', /`exp`/, () => provider.sign(claims({ exp: undefined }))],
    ['expired beyond the skew', /expired/, () => provider.sign(claims({ exp: now() - 35 }))],
    ['good from beyond the skew', /`nbf`/, () => provider.sign(claims({ nbf: now() + 35 }))],
    [
      'signed by an unknown key',
      /does not publish/,
      () => provider.sign(claims(), 'RS256', { kid: 'unknown' }),
    ],
    [
      'that names another key than it is signed by',
      /does not publish/,
      () => provider.sign(claims(), 'RS256', { kid: 'ES256-0' }),
    ],
    [
      'whose claims were changed',
      /signature/,
      async () => {
        const [header, , signature] = (await provider.sign(claims())).split('.');
        const forged = Buffer.from(JSON.stringify(claims({ sub: 'root' }))).toString('base64url');
        return `${header}.${forged}.${signature}`;
      },
    ],
    ['without a subject', /`sub`/, () => provider.sign(claims({ sub: undefined }))],
    ['with tenants that are no UUIDs', /`tenants`/, () => provider.sign(claims({ tenants: ['digiwedge'] }))],
    ['that is none', /not a signed JSON Web Token/, async () => 'garbage'],
    ['of three empty parts', /not a signed JSON Web Token/, async () => '..'],
  ];

  test.each(badTokens)('a token %s is refused', async (_what, reason, make) => {
    const token = await make();
    const reply = await sendToken(token);
    expect(reply).toMatchObject({ status: 401, challenge: 'Bearer', code: 'UNAUTHENTICATED' });
    expect(JSON.parse(reply.text)).toEqual({
      errors: [{ message: expect.stringMatching(reason), extensions: { code: 'UNAUTHENTICATED' } }],
    });
    if (token.length > 10) expect(reply.text).not.toContain(token.slice(0, 10));
    expect(viewers).toEqual([]);
  });

  test.each([
    ['of another scheme', 'Basic c29tZW9uZTpzZWNyZXQ='],
    ['without a token', 'Bearer'],
    ['with an empty token', 'Bearer '],
    ['with two tokens', 'Bearer one two'],
    ['with a list of two', 'Bearer one, Bearer two'],
    ['that is empty', ''],
  ])('an Authorization header %s is refused', async (_what, authorization) => {
    const reply = await send({ authorization });
    expect(reply).toMatchObject({ status: 401, challenge: 'Bearer', code: 'UNAUTHENTICATED' });
    expect(reply.text).not.toContain('c29tZW9uZTpzZWNyZXQ');
    expect(viewers).toEqual([]);
  });

  test('two Authorization headers are refused, also when both are good', async () => {
    const header = `Bearer ${await provider.sign(claims())}`;
    expect(await send({ authorization: [header, header] })).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('the provider’s keys', () => {
  beforeEach(open);
  afterEach(close);

  test('are fetched once, and again for a key that is new', async () => {
    for (let count = 0; count < 3; count += 1) await sendToken(await provider.sign(claims()));
    expect(provider.fetches()).toBe(1);
    const old = await provider.sign(claims({ sub: 'somebody else' }));
    await provider.rotate();
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    expect((await sendToken(await provider.sign(claims(), 'ES256'))).status).toBe(200);
    expect(provider.fetches()).toBe(2);
    expect((await sendToken(old)).code).toBe('UNAUTHENTICATED');
  });

  test('are not fetched for each token of an unknown key', async () => {
    await sendToken(await provider.sign(claims()));
    const forged = await provider.sign(claims(), 'RS256', { kid: 'unknown' });
    const replies = await Promise.all(Array.from({ length: 20 }, () => sendToken(forged)));
    expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(401));
    expect(provider.fetches()).toBe(1);
  });

  test.each(['hanging', 'failing', 'nonsense'] as const)(
    'that cannot be fetched because the provider is %s make no viewer anonymous',
    async (behaviour) => {
      provider.behave(behaviour);
      const startedAt = Date.now();
      const reply = await sendToken(await provider.sign(claims()));
      expect(reply).toMatchObject({ status: 503, code: 'IDENTITY_UNAVAILABLE', challenge: undefined });
      expect(reply.text).not.toContain('127.0.0.1');
      expect(Date.now() - startedAt).toBeLessThan(2_000);
      expect(viewers).toEqual([]);

      await send({}, PUBLIC_MUTATION);
      expect(viewers).toEqual([anonymousViewer]);
      provider.behave('well');
      expect((await sendToken(await provider.sign(claims()))).status).toBe(200);
    },
  );

  test('of a provider that is gone make no viewer anonymous', async () => {
    const token = await provider.sign(claims());
    await provider.stop();
    expect(await sendToken(token)).toMatchObject({ status: 503, code: 'IDENTITY_UNAVAILABLE' });
    expect(viewers).toEqual([]);
    provider = await startOidcProvider();
  });
});

describe('x-tenant-id', () => {
  beforeAll(open);
  afterAll(close);

  const sendChoice = async (more: JWTPayload, choice: string | string[]) =>
    send({ authorization: `Bearer ${await provider.sign(claims(more))}`, 'x-tenant-id': choice });

  test.each([
    ['a platform token', {}, TENANT],
    ['a token of two tenants', { roles: ['TENANT_ADMIN'], tenants: [TENANT, OTHER_TENANT] }, TENANT],
    ['a token of that tenant', { roles: ['TENANT_ADMIN'], tenants: [TENANT] }, TENANT.toUpperCase()],
  ])('narrows %s to one tenant', async (_what, more, choice) => {
    expect((await sendChoice(more, choice)).status).toBe(200);
    expect(viewers[0]?.tenants).toEqual([TENANT]);
  });

  test.each([
    ['of another tenant', { roles: ['TENANT_ADMIN'], tenants: [OTHER_TENANT] }],
    ['of a tenant’s role that names none', { roles: ['TENANT_ADMIN'] }],
    ['of a platform role that is bound to another', { tenants: [OTHER_TENANT] }],
  ])('is refused to a token %s', async (_what, more) => {
    expect(await sendChoice(more, TENANT)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(viewers).toEqual([]);
  });

  test.each([
    ['a slug', 'digiwedge'],
    ['nothing', ''],
    ['two', `${TENANT}, ${TENANT}`],
    ['two headers', [TENANT, TENANT]],
  ])('must be one UUID, not %s', async (_what, choice) => {
    expect(await sendChoice({}, choice)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(viewers).toEqual([]);
  });
});
