import { buildSchema, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { createCostOf } from './operation-cost';

const costOf = createCostOf(
  buildSchema(`
    directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
    directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
    scalar Dear @cost(weight: 3)
    type Item { id: ID price: Dear owner: Person heavy: Int @cost(weight: 7) }
    type Person { name: String items: [Item] @listSize(assumedSize: 4) }
    type Vault @cost(weight: 30) { id: ID }
    type Connection { edges: [Edge] totalCount: Int }
    type Edge { node: Item }
    input Page { size: Int }
    input Filter { text: String @cost(weight: 5) nested: Filter all: [Filter] }
    type Query {
      item: Item
      vault: Vault
      undescribed: [Item]
      names: [String]
      connection(first: Int, last: Int, filter: Filter): Connection
        @listSize(assumedSize: 25, slicingArguments: ["first", "last"], sizedFields: ["edges"])
      byDefault(first: Int = 6): [Item] @listSize(assumedSize: 25, slicingArguments: ["first"])
      paged(page: Page): [Item] @listSize(assumedSize: 25, slicingArguments: ["page.size"])
      searched(term: String @cost(weight: 2)): Item
    }
    type Mutation { change: Item }
  `),
);

function cost(text: string, variables: Record<string, unknown> = {}): number {
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return costOf(document, operation as OperationDefinitionNode, variables);
}

test.each([
  ['a leaf is free, what has fields costs 1', '{ item { id } }', 1],
  ['objects inside of each other', '{ item { owner { name } } }', 2],
  ['a field has its own weight', '{ item { heavy } }', 8],
  ['a scalar has the weight of its type', '{ item { price } }', 4],
  ['an object has the weight of its type', '{ vault { id } }', 30],
  ['a mutation begins at 10', 'mutation { change { id } }', 11],
  ['an assumed size multiplies what is below', '{ item { owner { items { price } } } }', 1 + 1 + 4 * (1 + 3)],
  ['a list that nothing describes', '{ undescribed { id } }', 20],
  ['a list of leaves is free', '{ names }', 0],
  ['a connection by its assumed size', '{ connection { edges { node { id } } } }', 1 + 25 * 2],
  ['a connection by its slicing argument', '{ connection(first: 3) { edges { node { id } } } }', 1 + 3 * 2],
  ['the larger of two', '{ connection(first: 3, last: 9) { edges { node { id } } } }', 1 + 9 * 2],
  ['null is not given', '{ connection(first: null) { edges { node { id } } } }', 1 + 25 * 2],
  ['a size below one is one', '{ connection(first: -9) { edges { node { id } } } }', 1 + 2],
  ['what the size is not for', '{ connection(first: 100) { totalCount } }', 1],
  ['a connection’s edges by an alias', '{ connection(first: 3) { e: edges { node { id } } } }', 1 + 3 * 2],
  [
    'edges in fragments know their size',
    '{ connection(first: 3) { ...F ... { ...F } } } fragment F on Connection { edges { node { id } } }',
    1 + 2 * 3 * 2,
  ],
  ['a list by its own slicing argument', '{ byDefault(first: 2) { id } }', 2],
  ['a list by the default that the schema gives its argument', '{ byDefault { id } }', 6],
  ['a size inside of an argument', '{ paged(page: { size: 9 }) { id } }', 9 + 1],
  ['an argument with a weight', '{ searched(term: "x") { id } }', 1 + 2],
  [
    'an input object and its fields',
    '{ connection(filter: { text: "x", nested: { text: "y" } }) { totalCount } }',
    1 + 12,
  ],
  [
    'input objects in a list',
    '{ connection(filter: { all: [{}, {}, { text: "x" }] }) { totalCount } }',
    1 + 1 + 3 + 5,
  ],
  ['introspection is free', '{ __schema { types { name } } __typename }', 0],
  ['what is surely left out', '{ item @skip(if: true) { id } vault @include(if: false) { id } }', 0],
])('%s', (_what, text, expected) => {
  expect(cost(text)).toBe(expected);
});

test.each<[string, string, Record<string, unknown>, number]>([
  ['a size', 'query ($n: Int) { byDefault(first: $n) { id } }', { n: 50 }, 50],
  ['a size that is absent', 'query ($n: Int) { byDefault(first: $n) { id } }', {}, 6],
  [
    'a size that the operation has a default for',
    'query ($n: Int = 80) { byDefault(first: $n) { id } }',
    {},
    80,
  ],
  ['a size of the wrong type', 'query ($n: Int) { paged(page: { size: $n }) { id } }', { n: 'many' }, 25 + 1],
  ['a whole argument', 'query ($p: Page) { paged(page: $p) { id } }', { p: { size: 7 } }, 7 + 1],
  ['a condition', 'query ($no: Boolean!) { item @include(if: $no) { id } }', { no: false }, 0],
  ['a condition that holds', 'query ($yes: Boolean = true) { item @include(if: $yes) { id } }', {}, 1],
])('variables: %s', (_what, text, variables, expected) => {
  expect(cost(text, variables)).toBe(expected);
});

test('an operation is estimated anew where its cost depends on its variables', () => {
  const document = parse(
    'query ($n: Int, $term: String) { byDefault(first: $n) { id } searched(term: $term) { id } }',
  );
  const operation = document.definitions[0] as OperationDefinitionNode;
  const costs = [{ n: 5, term: 'x' }, { n: 9 }, { n: 5, term: 'x' }].map((variables) =>
    costOf(document, operation, variables),
  );
  expect(costs).toEqual([5 + 3, 9 + 1, 5 + 3]);
});
