import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CryptoKey, generateKeyPair, SignJWT } from 'jose';
import {
  createCallerKeys,
  type InternalCaller,
  openCallerKey,
  privateKeyFile,
  publicKeyFile,
} from '../../shared/identity/internal-keys';
import { createViewerReceiver, createViewerSigner } from '../../shared/identity/internal-token';
import { roles, type Scope } from '../../shared/identity/policy';
import {
  anonymousViewer,
  auditViewer,
  deliveringViewer,
  lookUpViewer,
  provisioningViewer,
  registrySurveyViewer,
  systemViewer,
  type Viewer,
  withinTenant,
} from '../../shared/identity/viewer';
import { bySubgraph } from '../../shared/settings';
import { createHttpTransport } from '../../shared/subgraph/http-transport';
import type { SubgraphName } from '../../shared/subgraph/names';
import { systemCall } from '../../shared/subgraph/transport';
import { serveOverHttp } from '../testkit/graph';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

const notTheClock = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;
const TENANT = 'aaaaaaaa-0000-4000-8000-000000000001';
const user: Viewer = {
  subject: 'someone',
  kind: 'user',
  scopes: new Set(roles.TENANT_ADMIN.scopes),
  tenants: [TENANT],
  onBehalfOf: 'somebody else',
};
const provisioning = provisioningViewer(TENANT, 'thandi');
/** The viewer with a scope more. */
const reading = (viewer: Viewer): Viewer => ({
  ...viewer,
  scopes: new Set<Scope>([...viewer.scopes, 'crm:read']),
});
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'internal-keys-'));
});
afterEach(() => rm(directory, { recursive: true }));

const keyOf = (caller: InternalCaller) => openCallerKey(directory, caller, { isProduction: false });
const sign = async (caller: InternalCaller, audience: SubgraphName, viewer: Viewer) =>
  createViewerSigner({ caller, audience, key: await keyOf(caller) })(viewer);

describe('a call between two processes', () => {
  const receive = (audience: SubgraphName, token: string) =>
    createViewerReceiver({ audience, keys: createCallerKeys(directory) })([`Bearer ${token}`]);

  test.each([
    ['a user', user],
    ['a caller without a token', anonymousViewer],
    ['the graph', systemViewer],
  ])('of the gateway speaks for %s', async (_what, viewer) => {
    expect(await receive('crm', await sign('gateway', 'crm', viewer))).toEqual(viewer);
  });

  test.each<[InternalCaller, SubgraphName, string, Viewer, 'accepted' | 'refused']>([
    ['crm', 'access-control', 'to look a tenant up', lookUpViewer, 'accepted'],
    ['access-control', 'crm', 'for the trail of one tenant', withinTenant(auditViewer, TENANT), 'accepted'],
    ['access-control', 'crm', 'for every trail', auditViewer, 'refused'],
    ['access-control', 'crm', 'to look a tenant up', lookUpViewer, 'refused'],
    ['crm', 'teetime', 'to look a tenant up', lookUpViewer, 'refused'],
    ['crm', 'teetime', 'for the trail of one tenant', withinTenant(auditViewer, TENANT), 'refused'],
    ['crm', 'access-control', 'for a user', user, 'refused'],
    ['crm', 'access-control', 'for nobody', anonymousViewer, 'refused'],
    ['crm', 'access-control', 'with every scope', systemViewer, 'refused'],
    ['crm', 'access-control', 'as a user to read', { ...lookUpViewer, kind: 'user' }, 'refused'],
    ['crm', 'access-control', 'under another name', { ...lookUpViewer, subject: 'root' }, 'refused'],
    ['crm', 'access-control', 'with its own events', deliveringViewer('crm'), 'accepted'],
    ['crm', 'access-control', 'with the events of another', deliveringViewer('scl'), 'refused'],
    ['crm', 'access-control', 'with the events of the hub', deliveringViewer('access-control'), 'refused'],
    ['crm', 'scl', 'with its own events', deliveringViewer('crm'), 'refused'],
    ['access-control', 'crm', 'with events', deliveringViewer('access-control'), 'accepted'],
    ['access-control', 'messaging', 'with events', deliveringViewer('access-control'), 'accepted'],
    ['access-control', 'crm', 'with the events of another', deliveringViewer('crm'), 'refused'],
    ['gateway', 'access-control', 'with events', deliveringViewer('crm'), 'refused'],
    ['gateway', 'crm', 'with events', deliveringViewer('access-control'), 'refused'],
    [
      'crm',
      'access-control',
      'with events as a user',
      { ...deliveringViewer('crm'), kind: 'user' },
      'refused',
    ],
    ['access-control', 'crm', 'to set one tenant up', provisioningViewer(TENANT, 'thandi'), 'accepted'],
    ['access-control', 'crm', 'to set every tenant up', { ...provisioning, tenants: 'all' }, 'refused'],
    ['access-control', 'crm', 'to set a tenant up and read it', reading(provisioning), 'refused'],
    ['gateway', 'crm', 'to set one tenant up', provisioning, 'refused'],
    ['scl', 'crm', 'to set one tenant up', provisioning, 'refused'],
    ['crm', 'access-control', 'to set one tenant up', provisioning, 'refused'],
    ['access-control', 'crm', 'to survey all tenants', registrySurveyViewer, 'accepted'],
    ['access-control', 'crm', 'to survey one tenant', withinTenant(registrySurveyViewer, TENANT), 'refused'],
    ['access-control', 'crm', 'to survey and read', reading(registrySurveyViewer), 'refused'],
    ['gateway', 'crm', 'to survey all tenants', registrySurveyViewer, 'refused'],
    ['scl', 'crm', 'to survey all tenants', registrySurveyViewer, 'refused'],
    ['crm', 'access-control', 'to survey all tenants', registrySurveyViewer, 'refused'],
    [
      'gateway',
      'crm',
      'for a user who would survey',
      { ...user, scopes: registrySurveyViewer.scopes },
      'refused',
    ],
  ])('of %s to %s %s', async (caller, audience, _what, viewer, verdict) => {
    const received = receive(audience, await sign(caller, audience, viewer));
    if (verdict === 'accepted') expect(await received).toEqual(viewer);
    else await expect(received).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('is accepted by a replaced key as soon as its file is noticed, and by the old one no more', async () => {
    const keys = createCallerKeys(directory, { rereadAfterMs: 50 });
    const receiveViewer = createViewerReceiver({ audience: 'crm', keys });
    const old = await sign('gateway', 'crm', user);
    await receiveViewer([`Bearer ${old}`]);
    await rm(privateKeyFile(directory, 'gateway'));
    const renewed = await sign('gateway', 'crm', user);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await receiveViewer([`Bearer ${renewed}`])).toEqual(user);
    await expect(receiveViewer([`Bearer ${old}`])).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('waits for no key that is not there, and is accepted once it is', async () => {
    const receiveViewer = createViewerReceiver({
      audience: 'crm',
      keys: createCallerKeys(directory, { rereadAfterMs: 50 }),
    });
    const token = await sign('gateway', 'crm', user);
    const hidden = path.join(directory, 'hidden');
    await copyFile(publicKeyFile(directory, 'gateway'), hidden);
    await rm(publicKeyFile(directory, 'gateway'));
    await expect(receiveViewer([`Bearer ${token}`])).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await copyFile(hidden, publicKeyFile(directory, 'gateway'));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await receiveViewer([`Bearer ${token}`])).toEqual(user);
  });
});

describe('a token', () => {
  const SECOND = 1_000;
  beforeEach(() => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: [...notTheClock] });
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  /** Lets both clocks of the process go on by so much. */
  function pass(milliseconds: number): void {
    const then = performance.now() + milliseconds;
    jest.setSystemTime(Date.now() + milliseconds);
    jest.spyOn(performance, 'now').mockReturnValue(then);
  }

  const gatewaySigner = async () =>
    createViewerSigner({ caller: 'gateway', audience: 'crm', key: await keyOf('gateway') });
  const receiver = () => createViewerReceiver({ audience: 'crm', keys: createCallerKeys(directory) });

  test('is signed once for equal viewers, for half of its life', async () => {
    const signer = await gatewaySigner();
    const signed = jest.spyOn(crypto.subtle, 'sign');
    const [token, same] = await Promise.all([signer(user), signer({ ...user })]);
    pass(29 * SECOND);
    expect([same, await signer(user)]).toEqual([token, token]);
    expect(signed).toHaveBeenCalledTimes(1);
    pass(2 * SECOND);
    expect(await signer(user)).not.toBe(token);
  });

  test.each<[string, Viewer]>([
    ['subject', { ...user, subject: 'someone else' }],
    ['kind', { ...user, kind: 'service' }],
    ['scopes', { ...user, scopes: new Set<Scope>(['tenant:read']) }],
    ['tenants', { ...user, tenants: [] }],
    ['reach', { ...user, tenants: 'all' }],
    ['principal', { ...user, onBehalfOf: null }],
  ])('is another one for a viewer of another %s', async (_what, other) => {
    const signer = await gatewaySigner();
    const receiveViewer = receiver();
    await receiveViewer([`Bearer ${await signer(user)}`]);
    expect(await receiveViewer([`Bearer ${await signer(other)}`])).toEqual(other);
  });

  test('is checked once in half a minute', async () => {
    const header = [`Bearer ${await (await gatewaySigner())(user)}`];
    const receiveViewer = receiver();
    const checked = jest.spyOn(crypto.subtle, 'verify');
    for (let time = 0; time < 3; time += 1) expect(await receiveViewer(header)).toEqual(user);
    expect(checked).toHaveBeenCalledTimes(1);
    pass(31 * SECOND);
    expect(await receiveViewer(header)).toEqual(user);
    expect(checked).toHaveBeenCalledTimes(2);
  });

  test('that was checked is refused when it has expired', async () => {
    const header = [`Bearer ${await (await gatewaySigner())(user)}`];
    const receiveViewer = receiver();
    pass(50 * SECOND);
    expect(await receiveViewer(header)).toEqual(user);
    pass(16 * SECOND);
    await expect(receiveViewer(header)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('that was refused is no better the second time', async () => {
    const header = [`Bearer ${await sign('scl', 'crm', user)}`];
    const receiveViewer = receiver();
    for (let time = 0; time < 2; time += 1) {
      await expect(receiveViewer(header)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });
});

describe('a key', () => {
  test('that several processes make at once is one, and for its owner alone', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, async () => sign('gateway', 'crm', user)));
    const receiveViewer = createViewerReceiver({ audience: 'crm', keys: createCallerKeys(directory) });
    for (const token of tokens) await receiveViewer([`Bearer ${token}`]);
    expect((await stat(privateKeyFile(directory, 'gateway'))).mode & 0o777).toBe(0o600);
    const published = JSON.parse(await readFile(publicKeyFile(directory, 'gateway'), 'utf8'));
    expect(published).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' });
    expect(published).not.toHaveProperty('d');
  });

  test('that is missing in production is not made', async () => {
    await expect(openCallerKey(directory, 'crm', { isProduction: true })).rejects.toThrow(
      /crm\.private\.json is missing.*npm run internal-keys/,
    );
    await expect(stat(privateKeyFile(directory, 'crm'))).rejects.toThrow('ENOENT');
  });

  test('whose file holds something else ends the start with one line', async () => {
    await writeFile(privateKeyFile(directory, 'crm'), '{"kty":"OKP"}');
    await expect(keyOf('crm')).rejects.toThrow(/crm\.private\.json holds no Ed25519 key/);
  });
});

describe('the server of a subgraph', () => {
  let database: TestDatabase;
  let url: string;
  let keysDirectory: string;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    database = await createTestDatabase();
    keysDirectory = await mkdtemp(path.join(tmpdir(), 'internal-keys-served-'));
    const key = await openCallerKey(keysDirectory, 'teetime', { isProduction: false });
    await openCallerKey(keysDirectory, 'gateway', { isProduction: false });
    const nowhere = bySubgraph((audience) =>
      createHttpTransport({
        url: 'http://127.0.0.1:9/graphql',
        timeoutMs: 1_000,
        sign: createViewerSigner({ caller: 'teetime', audience, key }),
      }),
    );
    const served = await serveOverHttp('teetime', database, nowhere, keysDirectory);
    url = await served.listen('127.0.0.1', 0);
    stop = served.stop;
  });
  afterAll(async () => {
    await stop();
    await rm(keysDirectory, { recursive: true });
    await database.drop();
  });

  const served = (caller: InternalCaller) => openCallerKey(keysDirectory, caller, { isProduction: false });

  const operations = {
    'a query': { query: '{ clubs(first: 1) { totalCount } }' },
    'its schema': { query: '{ _service { sdl } }' },
    introspection: { query: '{ __schema { queryType { name } } }' },
    entities: {
      query: 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
      variables: { r: [{ __typename: 'Tenant', id: TENANT }] },
    },
  };

  async function post(operation: object, authorization?: string) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-remaining-ms': '5000',
        ...(authorization && { authorization }),
      },
      body: JSON.stringify(operation),
    });
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      body: (await response.json()) as object,
    };
  }

  /** A token as the gateway makes it, with something changed. */
  async function gatewayToken(
    change: (token: SignJWT) => SignJWT,
    { key, kid = 'gateway' }: { key?: CryptoKey; kid?: string | null } = {},
  ) {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      kind: 'user',
      scope: 'tenant:read teetime:read',
      tenants: 'all',
      obo: null,
    };
    const token = new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', ...(kid && { kid }) })
      .setIssuer('gateway')
      .setAudience('teetime')
      .setSubject('someone')
      .setIssuedAt(now)
      .setExpirationTime(now + 60);
    return change(token).sign(key ?? (await served('gateway')));
  }

  const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;
  const refusals: [string, () => Promise<string | undefined>][] = [
    ['without a token', async () => undefined],
    ['with garbage', async () => 'Bearer garbage'],
    ['with another scheme', async () => 'Basic Z2F0ZXdheTpnYXRld2F5'],
    [
      'signed by another key',
      async () => {
        const { privateKey } = await generateKeyPair('EdDSA');
        return `Bearer ${await gatewayToken((token) => token, { key: privateKey })}`;
      },
    ],
    [
      'signed with HS256 and the public key as secret',
      async () => {
        await served('gateway');
        const secret = new TextEncoder().encode(
          await readFile(publicKeyFile(keysDirectory, 'gateway'), 'utf8'),
        );
        const token = new SignJWT({ kind: 'user', scope: '', tenants: 'all' })
          .setProtectedHeader({ alg: 'HS256', kid: 'gateway' })
          .setIssuer('gateway')
          .setAudience('teetime')
          .setSubject('someone')
          .setIssuedAt()
          .setExpirationTime('60 s');
        return `Bearer ${await token.sign(secret)}`;
      },
    ],
    [
      'that is expired',
      async () =>
        `Bearer ${await gatewayToken((token) => token.setIssuedAt(secondsAgo(70)).setExpirationTime(secondsAgo(10)))}`,
    ],
    [
      'that wants to live for an hour',
      async () =>
        `Bearer ${await gatewayToken((token) => token.setIssuedAt(secondsAgo(70)).setExpirationTime(secondsAgo(-3_600)))}`,
    ],
    ['for another subgraph', async () => `Bearer ${await gatewayToken((token) => token.setAudience('crm'))}`],
    [
      'of an unknown caller',
      async () => `Bearer ${await gatewayToken((token) => token, { kid: '../gateway' })}`,
    ],
    ['without a caller', async () => `Bearer ${await gatewayToken((token) => token, { kid: null })}`],
    [
      'signed by one and issued by another',
      async () => `Bearer ${await gatewayToken((token) => token, { kid: 'crm', key: await served('crm') })}`,
    ],
    [
      'of a subgraph that speaks as a user',
      async () => {
        const signer = createViewerSigner({ caller: 'crm', audience: 'teetime', key: await served('crm') });
        return `Bearer ${await signer(user)}`;
      },
    ],
  ];

  test.each(refusals)('refuses a call %s, whatever it asks', async (_what, make) => {
    const authorization = await make();
    for (const operation of Object.values(operations)) {
      expect(await post(operation, authorization)).toEqual({
        status: 401,
        challenge: 'Bearer',
        body: { errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }] },
      });
    }
  });

  test.each(Object.entries(operations))('answers the gateway %s', async (_what, operation) => {
    const { status, body } = await post(operation, `Bearer ${await gatewayToken((token) => token)}`);
    expect(status).toBe(200);
    expect(body).toHaveProperty('data');
    expect(body).not.toHaveProperty('errors');
  });

  test('is open for health', async () => {
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  test('refuses the calls of a gateway with other keys, which is an error of theirs and not the caller’s', async () => {
    const stranger = createHttpTransport({
      url: `${url}/graphql`,
      timeoutMs: 1_000,
      sign: createViewerSigner({ caller: 'gateway', audience: 'teetime', key: await keyOf('gateway') }),
    });
    await expect(stranger.execute(operations['a query'], systemCall('request-1'))).rejects.toThrow(
      'INTERNAL_KEYS_DIR',
    );
    await stranger.close();
  });

  test('is not asked after the deadline', async () => {
    const transport = createHttpTransport({
      url: `${url}/graphql`,
      timeoutMs: 1_000,
      sign: createViewerSigner({ caller: 'gateway', audience: 'teetime', key: await served('gateway') }),
    });
    await expect(transport.execute(operations['a query'], systemCall('request-1', -1))).rejects.toMatchObject(
      {
        code: 'REQUEST_TIMEOUT',
      },
    );
    await transport.close();
  });
});
