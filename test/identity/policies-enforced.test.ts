import { buildSubgraphSchema } from '@apollo/subgraph';
import { assertObjectType, parse } from 'graphql';
import pino from 'pino';
import { enforcePolicies } from '../../shared/graphql/enforce-policies';
import { allScopes, type Scope } from '../../shared/identity/policy';
import { anonymousViewer, systemViewer, type Viewer } from '../../shared/identity/viewer';
import { createMetrics } from '../../shared/metrics/metrics';
import { createSubgraph, type Subgraph } from '../../shared/subgraph/subgraph';
import { type SubgraphCall, systemCall } from '../../shared/subgraph/transport';

const SDL = `
  extend schema @link(
    url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes"]
  )
  scalar DateTime
  type Query {
    open: Int
    signedIn: Int @authenticated
    either: Int @requiresScopes(scopes: [["crm:read", "crm:write"], ["crm:admin"]])
    nobody: Int @requiresScopes(scopes: [])
    thing: Thing @requiresScopes(scopes: [["tenant:read"]])
    things: ThingList
    named: Named
  }
  type Mutation { change: Thing @requiresScopes(scopes: [["crm:write"]]) }
  type ThingList { nodes: [Thing] }
  interface Named { name: String }
  type Thing implements Named @key(fields: "id") @requiresScopes(scopes: [["crm:read"]]) {
    id: ID!
    name: String
    secret: String @requiresScopes(scopes: [["crm:admin"]])
  }
  type Stub @key(fields: "id") @requiresScopes(scopes: [["scl:read"]]) { id: ID! }
  type Free @key(fields: "id") { id: ID! }
`;

const thing = { __typename: 'Thing', id: '1', name: 'one', secret: 'deep' };
let ran: string[] = [];
let subgraph: Subgraph;

beforeAll(async () => {
  subgraph = await create(SDL);
});
beforeEach(() => {
  ran = [];
});
afterAll(() => subgraph.stop());

test('a field without a policy is open, also to anonymous callers', async () => {
  expect(await ask('{ open }', anonymousViewer)).toEqual({ data: { open: 1 } });
});

test('an anonymous caller is told to sign in, and the resolver does not run', async () => {
  const { data, errors } = await ask('{ signedIn thing { id } either }', anonymousViewer);
  expect(data).toEqual({ signedIn: null, thing: null, either: null });
  expect(errors?.map(({ path, extensions }) => [path, extensions?.['code']])).toEqual([
    [['signedIn'], 'UNAUTHENTICATED'],
    [['thing'], 'UNAUTHENTICATED'],
    [['either'], 'UNAUTHENTICATED'],
  ]);
  expect(ran).toEqual([]);
});

test('whoever is signed in passes @authenticated without a scope', async () => {
  expect(await ask('{ signedIn }', user())).toEqual({ data: { signedIn: 1 } });
});

test.each<[Scope[], boolean]>([
  [['crm:read', 'crm:write'], true],
  [['crm:admin'], true],
  [['crm:read'], false],
  [['crm:write', 'tenant:read'], false],
])('one of the sets of scopes must be held in full: %j passes: %s', async (scopes, passes) => {
  const { data, errors } = await ask('{ either }', user(...scopes));
  expect(data?.['either']).toBe(passes ? 1 : null);
  expect(errors?.[0]?.message).toBe(
    passes ? undefined : 'Query.either needs the scopes crm:read and crm:write, or crm:admin',
  );
  expect(errors?.[0]?.extensions?.['code']).toBe(passes ? undefined : 'FORBIDDEN');
});

test('no set of scopes lets nobody in', async () => {
  const { errors } = await ask('{ nobody }', user(...allScopes));
  expect(errors?.[0]).toMatchObject({ message: 'Query.nobody needs what nobody has' });
});

test('a field asks for its own scopes and for those of the type that it returns', async () => {
  for (const scopes of [['tenant:read'], ['crm:read']] as Scope[][]) {
    const { errors } = await ask('{ thing { id } }', user(...scopes));
    expect(errors?.[0]).toMatchObject({ message: 'Query.thing needs the scopes crm:read and tenant:read' });
  }
  expect(ran).toEqual([]);
  const { data } = await ask('{ thing { id } }', user('tenant:read', 'crm:read'));
  expect(data).toEqual({ thing: { id: '1' } });
});

test('a field of a permitted type may ask for more', async () => {
  const viewer = user('tenant:read', 'crm:read');
  const { data, errors } = await ask('{ thing { name secret } }', viewer);
  expect(data).toEqual({ thing: { name: 'one', secret: null } });
  expect(errors).toMatchObject([{ path: ['thing', 'secret'], extensions: { code: 'FORBIDDEN' } }]);
});

test('what default resolvers return is guarded by its type', async () => {
  const refused = await ask('{ things { nodes { name } } }', user('tenant:read'));
  expect(refused).toMatchObject({
    data: { things: { nodes: null } },
    errors: [{ path: ['things', 'nodes'], extensions: { code: 'FORBIDDEN' } }],
  });
  const answered = await ask('{ things { nodes { name } } }', user('crm:read'));
  expect(answered.data).toEqual({ things: { nodes: [{ name: 'one' }, { name: 'one' }] } });
});

test('an interface asks for what any of its types asks for', async () => {
  expect((await ask('{ named { name } }', user())).errors?.[0]?.message).toBe(
    'Query.named needs the scope crm:read',
  );
  expect((await ask('{ named { name } }', user('crm:read'))).data).toEqual({ named: { name: 'one' } });
});

test('a refused mutation does not run', async () => {
  const { errors } = await ask('mutation { change { id } }', user('crm:read'));
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect(ran).toEqual([]);
});

test('_entities leads around no policy, with a reference resolver or without', async () => {
  const query = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) {
      ... on Thing { name } ... on Stub { id } ... on Free { id }
    }
  }`;
  const representations = ['Thing', 'Stub', 'Free'].map((__typename) => ({ __typename, id: '1' }));
  const anonymous = await ask(query, anonymousViewer, { representations });
  expect(anonymous.data).toEqual({ _entities: [null, null, { id: '1' }] });
  expect(anonymous.errors?.map(({ extensions }) => extensions?.['code'])).toEqual([
    'UNAUTHENTICATED',
    'UNAUTHENTICATED',
  ]);
  expect(ran).toEqual([]);

  const half = await ask(query, user('scl:read'), { representations });
  expect(half.data).toEqual({ _entities: [null, { id: '1' }, { id: '1' }] });
  expect(half.errors).toMatchObject([
    { path: ['_entities', 0], message: 'Thing needs the scope crm:read', extensions: { code: 'FORBIDDEN' } },
  ]);

  const whole = await ask(query, user('scl:read', 'crm:read'), { representations });
  expect(whole).toEqual({ data: { _entities: [{ name: 'one' }, { id: '1' }, { id: '1' }] } });
});

test('the graph itself passes everywhere', async () => {
  const { errors } = await ask('{ signedIn either thing { secret } things { nodes { id } } }', systemViewer);
  expect(errors).toBeUndefined();
});

test('a field is looked at once, and a scalar without a policy not at all', async () => {
  let looks = 0;
  const scopes = new (class extends Set<Scope> {
    override has(scope: Scope) {
      looks += 1;
      return super.has(scope);
    }
  })(['crm:read', 'tenant:read']);
  await ask('{ thing { id name } }', { ...user(), scopes });
  expect(looks).toBe(2);
  const schema = enforcePolicies(buildSubgraphSchema({ typeDefs: parse(SDL) }));
  const fields = assertObjectType(schema.getType('Thing')).getFields();
  expect([fields['name']?.resolve, fields['secret']?.resolve]).toEqual([undefined, expect.any(Function)]);
});

test('the SDL that a subgraph shows has the policies', async () => {
  const { data } = await ask('{ _service { sdl } }', systemViewer);
  expect(data?.['_service']).toMatchObject({ sdl: expect.stringContaining('@requiresScopes') });
});

test('a scope that the policy file does not have stops the start', async () => {
  const sdl = SDL.replace('"tenant:read"', '"tenant:raed"');
  await expect(create(sdl)).rejects.toThrow('Query.thing requires the scope "tenant:raed"');
});

function create(typeDefinitions: string): Promise<Subgraph> {
  const answer = (name: string, value: unknown) => () => {
    ran.push(name);
    return value;
  };
  return createSubgraph({
    name: 'crm',
    metrics: createMetrics(),
    typeDefinitions,
    resolvers: [
      {
        Query: {
          open: answer('open', 1),
          signedIn: answer('signedIn', 1),
          either: answer('either', 1),
          nobody: answer('nobody', 1),
          thing: answer('thing', thing),
          things: answer('things', { nodes: [{ ...thing }, { ...thing }] }),
          named: answer('named', thing),
        },
        Mutation: { change: answer('change', thing) },
        Thing: { __resolveReference: answer('reference', { ...thing }) },
      },
    ],
    createContext: (call: SubgraphCall) => call,
    checkHealth: async () => undefined,
    logger: pino({ level: 'silent' }),
  });
}

function user(...scopes: Scope[]): Viewer {
  return { subject: 'someone', kind: 'user', scopes: new Set(scopes), tenants: 'all', onBehalfOf: null };
}

async function ask(query: string, viewer: Viewer, variables: Record<string, unknown> = {}) {
  const { data, errors } = await subgraph.execute({ query, variables }, { ...systemCall('test'), viewer });
  return JSON.parse(JSON.stringify({ data, errors })) as Awaited<ReturnType<Subgraph['execute']>>;
}
