import type { TestSubgraph } from '../execution/graphs/test-graph';
import { type ForeignDoor, startForeignDoor } from './foreign-door';

let door: ForeignDoor;
afterEach(() => door.stop());

async function start(...asked: Parameters<typeof startForeignDoor>): Promise<ForeignDoor> {
  door = await startForeignDoor(...asked);
  return door;
}

/** A subgraph whose fields nobody resolves. */
const saying = (sdl: string): TestSubgraph => ({ sdl, resolvers: {} });

test('a custom scalar may have a list or an object as its default', async () => {
  const shop = saying(`
    scalar JSON
    input Filter { meta: JSON = { a: [1, { b: E }] } tags: JSON! = [] limit: JSON = 5 }
    type Query { find(filter: Filter = {}): Int }
  `);
  const { send } = await start({ shop });
  const { body } = await send('{ __type(name: "Filter") { inputFields { name defaultValue } } }');
  expect(body).toEqual({
    data: {
      __type: {
        inputFields: [
          { name: 'meta', defaultValue: JSON.stringify('{"a":[1,{"b":"E"}]}') },
          { name: 'tags', defaultValue: JSON.stringify('[]') },
          { name: 'limit', defaultValue: '5' },
        ],
      },
    },
  });
  expect((await send('query ($filter: Filter) { find(filter: $filter) }', { filter: {} })).body).toEqual({
    data: { find: null },
  });
});

test.each(['UNAUTHENTICATED', 'RATE_LIMITED'])(
  'the code %s of a subgraph of others says nothing of the request to this graph',
  async (code) => {
    const { send } = await start(
      { shop: saying('type Query { price: Int! }') },
      { shop: async () => ({ data: null, errors: [{ message: 'x', extensions: { code } }] }) },
    );
    const { status, headers, body } = await send('{ price }');
    expect([status, headers.get('www-authenticate')]).toEqual([200, null]);
    expect(body).toEqual({
      data: null,
      errors: [{ message: 'x', extensions: { code, serviceName: 'shop' } }],
    });
  },
);

test('a variable that has the name of the gateway’s own is refused where both are needed', async () => {
  const { send, logged } = await start({
    shop: {
      sdl: 'type Query { product(name: String): Product } type Product @key(fields: "id") { id: ID! }',
      resolvers: { Query: { product: () => ({ id: 1 }) } },
    },
    stock: saying('type Product @key(fields: "id") { id: ID! count(of: String): Int }'),
  });
  const one = 'query ($representations: String) { product(name: $representations) { id } }';
  expect((await send(one)).body).toEqual({ data: { product: { id: '1' } } });
  const both = 'query ($representations: String) { product { count(of: $representations) } }';
  const { status, body } = await send(both);
  expect([status, body.errors?.[0]?.extensions['code']]).toEqual([400, 'BAD_USER_INPUT']);
  expect(logged).toEqual([]);
});

test('text for a list is no defect of the gateway', async () => {
  const { send, logged } = await start(
    { shop: saying('type Query { products: [Int]! }') },
    { shop: async () => ({ data: { products: 'text' } }) },
  );
  const { status, body } = await send('{ products }');
  expect([status, body.data]).toEqual([200, null]);
  expect(logged).toEqual([]);
});
