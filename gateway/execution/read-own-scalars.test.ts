import { buildSchema, isScalarType } from 'graphql';
import { readOwnScalars } from './read-own-scalars';

/** A supergraph in which these subgraphs have `DateTime`. */
const supergraphOf = (...names: string[]) => `
  enum join__Graph { ${names.map((name, index) => `G${index} @join__graph(name: "${name}", url: "http://x")`)} }
  scalar DateTime ${names.map((_name, index) => `@join__type(graph: G${index})`).join(' ')}`;

/** What a variable that says `soon` is to the schema's `DateTime`. */
function readSoon(supergraphSdl: string): unknown {
  const schema = buildSchema('type Query { at(time: DateTime): Int } scalar DateTime');
  readOwnScalars(schema, supergraphSdl);
  const type = schema.getType('DateTime');
  if (!isScalarType(type)) throw new Error('There is no such scalar');
  return type.parseValue('soon');
}

test('our scalar refuses what it cannot be', () => {
  expect(() => readSoon(supergraphOf('crm', 'access-control'))).toThrow('soon');
});

test.each([
  ['of others', supergraphOf('orders')],
  ['of others and of ours', supergraphOf('crm', 'orders')],
  ['of nobody', 'scalar DateTime'],
])('a scalar %s stays as it is', (_whose, supergraphSdl) => {
  expect(readSoon(supergraphSdl)).toBe('soon');
});
