import { buildSchema, type OperationDefinitionNode, parse } from 'graphql';
import { refuseVariables } from './refuse-variables';

const schema = buildSchema(`
  type Query { find(input: Search, ids: [ID!], id: ID!, status: Status): String }
  input Search { name: String! tags: [Tag!] }
  input Tag { text: String! }
  enum Status { ACTIVE DISABLED }
`);

function refusalsOf(definitions: string, sent: Record<string, unknown>) {
  const [operation] = parse(`query (${definitions}) { __typename }`).definitions;
  return refuseVariables(schema, operation as OperationDefinitionNode, sent);
}

test.each([
  ['a list for an id', '$i: ID!', { i: [1] }, ['$i']],
  ['null in a list', '$ids: [ID!]', { ids: ['a', null] }, ['$ids.1']],
  ['a wrong enum', '$s: Status', { s: 'ACTIV' }, ['$s']],
  [
    'what is deep inside',
    '$in: Search',
    { in: { name: 'a', tags: [{ text: 'b' }, { text: 1 }] } },
    ['$in.tags.1.text'],
  ],
  ['an unknown field', '$in: Search', { in: { name: 'a', nam: 'b' } }, ['$in']],
  ['what is left out', '$in: Search', { in: {} }, ['$in']],
  ['a variable that is left out', '$i: ID!', {}, ['$i']],
  ['a variable that is null', '$i: ID!', { i: null }, ['$i']],
  ['several, after some that fit', '$a: ID = 1, $b: ID, $s: Status, $i: ID!', { b: 2, s: 4 }, ['$s', '$i']],
])('%s is told of with its place', (_what, definitions, sent, paths) => {
  const refusals = refusalsOf(definitions, sent) ?? [];
  expect(refusals.map(({ extensions }) => extensions)).toEqual(
    paths.map((path) => ({ fields: [{ path, constraint: 'type', message: expect.any(String) }] })),
  );
  for (const { extensions } of refusals) expect(JSON.stringify(extensions)).not.toContain('Did you mean');
  for (const { nodes } of refusals) expect(nodes).toHaveLength(1);
});

test('variables that fit are not refused', () => {
  expect(refusalsOf('$i: ID!, $in: Search, $s: Status', { i: 1, in: { name: 'a' } })).toBeNull();
});
