import type { SubgraphRequest, SubgraphTransport } from '../../shared/subgraph/transport';
import { type BothGateways, startBothGateways } from './both-gateways';
import { composeLibrary } from './graphs/library';
import { composeTestGraph } from './graphs/test-graph';

/** The library, and what its subgraphs are asked. */
async function startLibrary(
  wrap: (name: string, transport: SubgraphTransport) => SubgraphTransport = (_name, transport) => transport,
): Promise<{ gateways: BothGateways; asked: { subgraph: string; request: SubgraphRequest }[] }> {
  const asked: { subgraph: string; request: SubgraphRequest }[] = [];
  const { supergraphSdl, transportOf } = composeLibrary();
  const gateways = await startBothGateways(supergraphSdl, (subgraph) => {
    const transport = wrap(subgraph, transportOf(subgraph));
    return {
      ...transport,
      execute(request, call) {
        asked.push({ subgraph, request });
        return transport.execute(request, call);
      },
    };
  });
  return { gateways, asked };
}

async function ask(gateways: BothGateways, text: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await gateways.askOurs({ text, variables });
  return { data: JSON.parse(JSON.stringify(data)), errors };
}

test('an error names the element it is about, also where a list has elements that were not asked for', async () => {
  const { gateways } = await startLibrary();
  const { data, errors } = await ask(
    gateways,
    '{ search(text: "") { __typename ... on Book { id shipping } } }',
  );
  expect(data.search[4]).toEqual({ __typename: 'Book', id: 'm3', shipping: null });
  expect(errors?.map(({ path }) => path)).toEqual([['search', 4, 'shipping']]);
});

test('equal entities are sent once, and an error of theirs stands at each of their places', async () => {
  const { gateways, asked } = await startLibrary();
  const ids = ['m3', 'm1', 'm3', 'm3'];
  const { data, errors } = await ask(
    gateways,
    'query ($ids: [ID!]) { allMedia(ids: $ids) { ... on Book { shipping } } }',
    {
      ids,
    },
  );
  expect(data.allMedia).toEqual([
    { shipping: null },
    { shipping: 1 },
    { shipping: null },
    { shipping: null },
  ]);
  expect(errors?.map(({ path }) => path)).toEqual([0, 2, 3].map((index) => ['allMedia', index, 'shipping']));
  const [representations] = asked
    .filter(({ subgraph }) => subgraph === 'shelves')
    .map(({ request }) => request.variables?.['representations']);
  expect(representations).toHaveLength(2);
});

test('equal entities share no part of an answer, because what is asked for below them may differ by place', async () => {
  const { supergraphSdl, transportOf } = composeTestGraph({
    search: {
      sdl: 'type Query { hits: [Product] } type Product @key(fields: "id") { id: ID! rank: Int }',
      resolvers: { Query: { hits: () => [1, 2, 3].map((rank) => ({ id: 'p1', rank })) } },
    },
    stock: {
      sdl: `type Product @key(fields: "id") { id: ID! offer: Offer @shareable offers: [Offer] @shareable }
        type Offer @shareable { sku: String }`,
      resolvers: { Product: { offer: () => ({ sku: 's1' }), offers: () => [{ sku: 's2' }] } },
    },
    weights: {
      sdl: `type Product @key(fields: "id") { id: ID! rank: Int @external weight: Int @requires(fields: "rank") }`,
      resolvers: { Product: { weight: ({ rank }: { rank: number }) => rank * 10 } },
    },
    prices: {
      sdl: `type Product @key(fields: "id") {
          id: ID!
          weight: Int @external
          offer: Offer @shareable @requires(fields: "weight")
          offers: [Offer] @shareable @requires(fields: "weight")
        }
        type Offer { price: Int }`,
      resolvers: {
        Product: {
          offer: ({ weight }: { weight: number }) => ({ price: weight }),
          offers: ({ weight }: { weight: number }) => [{ price: weight + 1 }],
        },
      },
    },
  });
  const gateways = await startBothGateways(supergraphSdl, transportOf);
  const { data } = await ask(gateways, '{ hits { rank weight offer { sku price } offers { sku price } } }');
  expect(data.hits).toEqual(
    [1, 2, 3].map((rank) => ({
      rank,
      weight: rank * 10,
      offer: { sku: 's1', price: rank * 10 },
      offers: [{ sku: 's2', price: rank * 10 + 1 }],
    })),
  );
});

test('an error is repeated for five hundred equal entities at most', async () => {
  const { gateways } = await startLibrary();
  const ids = Array.from({ length: 600 }, () => 'm3');
  const { data, errors } = await ask(
    gateways,
    'query ($ids: [ID!]) { allMedia(ids: $ids) { ... on Book { shipping } } }',
    {
      ids,
    },
  );
  expect(data.allMedia).toHaveLength(600);
  expect(errors).toHaveLength(501);
});

test('fetches that need nothing of each other are under way at once', async () => {
  let underWay = 0;
  const { gateways } = await startLibrary((_name, transport) => ({
    ...transport,
    async execute(request, call) {
      underWay += 1;
      // Nobody is answered until all three are asked.
      for (let turn = 0; underWay < 3 && turn < 1_000; turn += 1) await new Promise(setImmediate);
      if (underWay < 3) throw new Error('The others were not asked');
      return transport.execute(request, call);
    },
  }));
  const { errors } = await ask(gateways, '{ me { id } topReviews { id } copies { mediaId } }');
  expect(errors).toBeUndefined();
});

test('mutations run one after the other, in the order of the document', async () => {
  const { gateways, asked } = await startLibrary();
  const { data, errors } = await ask(
    gateways,
    `mutation {
      second: addReview(mediaId: "m1", text: "a") { text }
      takeCopy(mediaId: "m1") { mediaId }
      failReview(reason: "no") { id }
      first: addReview(mediaId: "m2", text: "b") { text }
    }`,
  );
  expect(data).toEqual({
    second: { text: 'a is number 1' },
    takeCopy: { mediaId: 'm1' },
    failReview: null,
    first: { text: 'b is number 3' },
  });
  expect(errors?.map(({ message }) => message)).toEqual(['no at number 2']);
  expect(asked.map(({ subgraph }) => subgraph)).toEqual(['reviews', 'shelves', 'reviews']);
});

test('a condition decides whether a subgraph is asked at all', async () => {
  const { gateways, asked } = await startLibrary();
  const query = 'query ($isAsked: Boolean = false) { media(id: "m1") { id rating @include(if: $isAsked) } }';
  expect((await ask(gateways, query)).data).toEqual({ media: { id: 'm1' } });
  expect(asked.map(({ subgraph }) => subgraph)).toEqual(['catalog']);
  expect((await ask(gateways, query, { isAsked: true })).data).toEqual({ media: { id: 'm1', rating: 0.25 } });
  expect(asked.map(({ subgraph }) => subgraph)).toEqual(['catalog', 'catalog', 'reviews']);
});

const NOTHING = 'fragment Nothing on Copy { mediaId @include(if: $no) }';

test.each([
  ['by a variable', 'takeCopy(mediaId: "m1") @include(if: $yes) { mediaId @include(if: $no) }', ''],
  ['by a literal', 'takeCopy(mediaId: "m1") @include(if: $yes) { mediaId @skip(if: true) }', ''],
  ['in a fragment', 'takeCopy(mediaId: "m1") @include(if: $yes) { ...Nothing }', NOTHING],
])('a mutation is sent of whose answer the caller excludes everything %s', async (_how, field, fragment) => {
  const { gateways, asked } = await startLibrary();
  const text = `mutation ($yes: Boolean!, $no: Boolean = false) { ${field} failReview @include(if: $no) { id } } ${fragment}`;
  expect(await ask(gateways, text, { yes: true })).toEqual({ data: { takeCopy: {} }, errors: undefined });
  expect(asked.map(({ subgraph }) => subgraph)).toEqual(['shelves']);
});

test('a field that two types answer differently comes back under its own name', async () => {
  const { gateways, asked } = await startLibrary();
  const label = '... on Book { label } ... on Film { label }';
  const { data } = await ask(
    gateways,
    `{ topReviews(count: 2) { subject { ${label} } } allMedia(kind: null) { ${label} } }`,
  );
  expect(data.topReviews.slice(0, 2)).toEqual([
    { subject: { label: 'label of m1' } },
    { subject: { label: 'label of m2' } },
  ]);
  expect(data.allMedia[1]).toEqual({ label: 'label of m2' });
  expect(asked.filter(({ request }) => /label__alias/.test(request.query))).toHaveLength(2);
});

test('a value that is nothing much, such as 0, comes back under its own name too', async () => {
  const values = { zero: 0, text: '', isTrue: false, nothing: null };
  const { supergraphSdl, transportOf } = composeTestGraph({
    shop: {
      sdl: `
        type Query { mix: [Mix] }
        union Mix = Product | Part
        type Product @key(fields: "id") {
          id: ID!
          zero: Int! @shareable
          text: String! @shareable
          isTrue: Boolean! @shareable
          nothing: Int! @shareable
        }
        type Part @key(fields: "id") { id: ID! zero: Int text: String isTrue: Boolean nothing: Int }
      `,
      resolvers: { Query: { mix: () => [{ __typename: 'Part', ...values }] } },
    },
    stock: {
      sdl: `type Product @key(fields: "id") {
        id: ID!
        zero: Int @shareable
        text: String @shareable
        isTrue: Boolean @shareable
        nothing: Int @shareable
      }`,
      resolvers: {},
    },
  });
  const gateways = await startBothGateways(supergraphSdl, transportOf);
  const fields = 'zero text isTrue nothing';
  const { data } = await ask(gateways, `{ mix { ... on Product { ${fields} } ... on Part { ${fields} } } }`);
  expect(data).toEqual({ mix: [values] });
});

test('what two subgraphs say of one object that is no entity is joined', async () => {
  const { gateways } = await startLibrary();
  const shop = 'isOpen reviewCount';
  const { data } = await ask(gateways, `{ shop { ${shop} } rooms { name size shop { ${shop} } } }`);
  expect(data).toEqual({
    shop: { isOpen: true, reviewCount: 12 },
    rooms: [
      { name: 'front', size: 1.5, shop: { isOpen: false, reviewCount: 1 } },
      null,
      { name: 'back', size: null, shop: null },
    ],
  });
});

test('an alias may be named like what every object inherits', async () => {
  const { gateways } = await startLibrary();
  const text = '{ me { __proto__: name constructor: email hasOwnProperty: id } }';
  const { data } = await gateways.askOurs({ text, variables: {} });
  expect(JSON.stringify(data)).toBe(
    '{"me":{"__proto__":"Person 1","constructor":"p1@example.com","hasOwnProperty":"p1"}}',
  );
});

test('an alias that takes the name of a key does not lead the answer astray', async () => {
  const { gateways } = await startLibrary();
  const { data, errors } = await ask(gateways, '{ me { works { id: topReview { stars } } } }');
  expect(errors).toBeUndefined();
  expect(data.me.works[0]).toEqual({ id: { stars: 0 } });
});

test('a field may require objects in lists of lists', async () => {
  const { supergraphSdl, transportOf } = composeTestGraph({
    shop: {
      sdl: `
        type Query { box: Box }
        type Box @key(fields: "id") { id: ID! rows: [[Item]] }
        type Item { price: Int! }
      `,
      resolvers: { Query: { box: () => ({ id: 'b', rows: [[{ price: 2 }, null], null, [{ price: 3 }]] }) } },
    },
    till: {
      sdl: `
        type Box @key(fields: "id") {
          id: ID!
          rows: [[Item]] @external
          total: Int @requires(fields: "rows { price }")
        }
        type Item { price: Int! @external }
      `,
      resolvers: {
        Box: {
          total: ({ rows }: { rows: ({ price: number } | null)[][] }) =>
            rows.flat().reduce((sum, item) => sum + (item?.price ?? 0), 0),
        },
      },
    },
  });
  const gateways = await startBothGateways(supergraphSdl, transportOf);
  expect((await ask(gateways, '{ box { total } }')).data).toEqual({ box: { total: 5 } });
});

test('a subgraph may have a name of its own for its root type', async () => {
  const { supergraphSdl, transportOf } = composeTestGraph({
    shop: {
      sdl: 'schema { query: Shop } type Shop { name: String }',
      resolvers: { Shop: { name: () => 'corner' } },
    },
  });
  const gateways = await startBothGateways(supergraphSdl, transportOf);
  expect(await ask(gateways, '{ __typename ... on Query { name } }')).toEqual({
    data: { __typename: 'Query', name: 'corner' },
    errors: undefined,
  });
});

test('introspection is answered by all that the schema has, and joined wherever it is asked', async () => {
  const { supergraphSdl, transportOf } = composeTestGraph({
    shop: { sdl: 'type Query { name: String price: Int! }', resolvers: {} },
  });
  const gateways = await startBothGateways(supergraphSdl, transportOf);
  const text = `
    query ($type: String! = "Query", $isTold: Boolean = false, $isWhole: Boolean!) {
      ...Kind
      query: __type(name: $type) { ...Names }
      other: __type(name: "Nothing") { name }
      name
      ... on Query { query: __type(name: $type) { isOneOf fields @include(if: $isTold) { name } } }
      __schema @include(if: $isWhole) { queryType { fields(includeDeprecated: $isTold) { name } } }
    }
    fragment Kind on Query { query: __type(name: $type) { kind } name }
    fragment Names on __Type { name }
  `;
  const { data, errors } = await ask(gateways, text, { isWhole: true });
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    query: { kind: 'OBJECT', name: 'Query', isOneOf: null },
    name: null,
    other: null,
    __schema: { queryType: { fields: [{ name: 'name' }, { name: 'price' }] } },
  });
});

test('an error below a list names each place, and no step of the plan', async () => {
  const { supergraphSdl, transportOf } = composeTestGraph({
    shop: {
      sdl: `
        type Query { wraps: [Wrap!] }
        type Wrap { query: Query! }
      `,
      resolvers: { Query: { wraps: () => [{ query: {} }, { query: {} }] } },
    },
    stock: {
      sdl: 'type Query { failing: Int }',
      resolvers: {
        Query: {
          failing: () => {
            throw new Error('empty');
          },
        },
      },
    },
  });
  const gateways = await startBothGateways(supergraphSdl, transportOf);
  const { data, errors } = await ask(gateways, '{ wraps { query { failing } } }');
  expect(data).toEqual({ wraps: [{ query: { failing: null } }, { query: { failing: null } }] });
  expect(errors?.map(({ path }) => path)).toEqual([
    ['wraps', 0, 'query', 'failing'],
    ['wraps', 1, 'query', 'failing'],
  ]);
});

test('an error of all entities stands at their list', async () => {
  const { gateways } = await startLibrary((name, transport) =>
    name === 'shelves'
      ? {
          ...transport,
          execute: async () => ({
            data: { _entities: null },
            errors: [{ message: 'closed', path: ['_entities'], extensions: { code: 'CLOSED' } }],
          }),
        }
      : transport,
  );
  const text = '{ allMedia(ids: ["m1", "m2"]) { ... on Book { shipping } } }';
  const { data, errors } = await ask(gateways, text);
  expect(data).toEqual({ allMedia: [{ shipping: null }, {}] });
  expect(errors?.map(({ message, path }) => [message, path])).toEqual([['closed', ['allMedia']]]);
});

test.each([
  ['too few entities', []],
  ['text for an entity', ['m1']],
  ['no list of entities', null],
  ['an object for the entities', { shipping: 1 }],
])('a subgraph that answers %s is unavailable at each field', async (_what, entities) => {
  const { gateways } = await startLibrary((name, transport) =>
    name === 'shelves'
      ? { ...transport, execute: async () => ({ data: { _entities: entities } }) }
      : transport,
  );
  const { data, errors } = await ask(gateways, '{ media(id: "m1") { id ... on Book { shipping } } }');
  expect(data).toEqual({ media: { id: 'm1', shipping: null } });
  expect(errors?.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
    [['media', 'shipping'], 'SUBGRAPH_UNAVAILABLE'],
  ]);
});

test('a list or an object that is none is null, and the rest of the answer is not', async () => {
  const { supergraphSdl, transportOf } = composeTestGraph({
    shop: {
      sdl: `
        type Query { products: [Product] first: Product second: Product name: String }
        type Product { id: ID }
      `,
      resolvers: {},
    },
  });
  const wrong = { products: 'text', first: 'text', second: [], name: 'corner' };
  const gateways = await startBothGateways(supergraphSdl, (name) => ({
    ...transportOf(name),
    execute: async () => ({ data: { ...wrong } }),
  }));
  const text = '{ products { id } first { id } second { id } name }';
  const { data, errors, extensions } = await gateways.askOurs({ text, variables: {} });
  expect(data).toEqual({ products: null, first: null, second: null, name: 'corner' });
  expect(errors).toBeUndefined();
  expect(extensions).toMatchObject({
    valueCompletion: [{ path: ['products'] }, { path: ['first'] }, { path: ['second'] }],
  });
});

test('a subgraph that says `null` for its errors, at the root or of entities, has none', async () => {
  const { gateways } = await startLibrary((_name, transport) => ({
    ...transport,
    execute: async (request, call) =>
      JSON.parse(JSON.stringify({ errors: null, ...(await transport.execute(request, call)) })),
  }));
  const { data, errors } = await ask(gateways, '{ media(id: "m1") { id ... on Book { shipping } } }');
  expect(errors).toBeUndefined();
  expect(data).toEqual({ media: { id: 'm1', shipping: expect.anything() } });
});
