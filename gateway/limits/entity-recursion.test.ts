import { buildSchema, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { createRecursionOf } from './entity-recursion';

const recursionOf = createRecursionOf(
  buildSchema(`
    directive @join__type(graph: String!, key: String) repeatable on OBJECT
    type Tenant @join__type(graph: "A") @join__type(graph: "B", key: "id") { id: ID customers: [Customer] page: Page }
    type Customer @join__type(graph: "B", key: "id") { tenant: Tenant referrer: Customer }
    type Page @join__type(graph: "B") { tenant: Tenant next: Page }
    type Query { tenant: Tenant page: Page }
  `),
);

test.each([
  ['leaves', '{ __typename }', 0],
  ['an entity', '{ tenant { id } }', 1],
  ['beside each other', '{ a: tenant { id } b: tenant { id } }', 1],
  ['inside of each other', '{ tenant { customers { tenant { id } } } }', 2],
  ['through what is no entity', '{ page { tenant { page { next { tenant { id } } } } } }', 2],
  ['what is no entity', '{ page { next { next { next { tenant { id } } } } } }', 1],
  ['the entity that comes most', '{ tenant { customers { referrer { referrer { tenant { id } } } } } }', 3],
  [
    'fragments',
    '{ tenant { ...F } } fragment F on Tenant { customers { ... on Customer { ...G } } } fragment G on Customer { tenant { page { tenant { id } } } }',
    3,
  ],
])('%s', (_what, text, expected) => {
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  expect(recursionOf(document, operation as OperationDefinitionNode)).toBe(expected);
});
