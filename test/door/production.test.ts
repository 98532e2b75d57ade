import { getIntrospectionQuery } from 'graphql';
import { startGraph, type TestGraph } from '../testkit/graph';

let development: TestGraph;
let production: TestGraph;
beforeAll(async () => {
  development = await startGraph();
  production = await startGraph('one process', { isProduction: true });
});
afterAll(async () => {
  await development.stop();
  await production.stop();
});

test('the schema is shown in development only', async () => {
  expect((await development.request(getIntrospectionQuery())).status).toBe(200);
  for (const query of [getIntrospectionQuery(), '{ __type(name: "Tenant") { name } }']) {
    const { status, errors, data } = await production.request(query);
    expect([status, errors?.[0]?.extensions.code, data]).toEqual([
      400,
      'GRAPHQL_VALIDATION_FAILED',
      undefined,
    ]);
  }
  expect(await production.ask('{ __typename }')).toEqual({ __typename: 'Query' });
});

test.each<[string, string, Record<string, unknown> | undefined]>([
  ['a field', '{ tenatns { totalCount } }', undefined],
  ['an argument', '{ tenants(frist: 1) { totalCount } }', undefined],
  ['a type', '{ tenants { ... on TenantConection { totalCount } } }', undefined],
  ['a value', '{ tenants(filter: { status: ACTIV }) { totalCount } }', undefined],
  [
    'a value in a variable',
    'query ($f: TenantFilter) { tenants(filter: $f) { totalCount } }',
    { f: { status: 'ACTIV' } },
  ],
  [
    'an input field in a variable',
    'query ($f: TenantFilter) { tenants(filter: $f) { totalCount } }',
    { f: { statsu: 'ACTIVE' } },
  ],
])('near names of %s are suggested in development only', async (_what, query, variables) => {
  const messages = async (graph: TestGraph) =>
    (await graph.request(query, variables)).errors?.map(({ message }) => message).join('\n');
  expect(await messages(development)).toMatch(/Did you mean/);
  const inProduction = await messages(production);
  expect(inProduction).toBeTruthy();
  expect(inProduction).not.toMatch(/Did you mean/);
});
