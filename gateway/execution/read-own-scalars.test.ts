import { buildSchema, type GraphQLScalarType, isScalarType, parseConstValue } from 'graphql';
import { readOwnScalars } from './read-own-scalars';

/** A supergraph in which these subgraphs have `DateTime`. */
const supergraphOf = (...names: string[]) => `
  enum join__Graph { ${names.map((name, index) => `G${index} @join__graph(name: "${name}", url: "http://x")`)} }
  scalar DateTime ${names.map((_name, index) => `@join__type(graph: G${index})`).join(' ')}`;

/** The schema's `DateTime`, as the gateway reads it. */
function dateTimeOf(supergraphSdl: string): GraphQLScalarType {
  const schema = buildSchema('type Query { at(time: DateTime): Int } scalar DateTime');
  readOwnScalars(schema, supergraphSdl);
  const type = schema.getType('DateTime');
  if (!isScalarType(type)) throw new Error('There is no such scalar');
  return type;
}

test('our scalar refuses what it cannot be', () => {
  const type = dateTimeOf(supergraphOf('crm', 'access-control'));
  expect(() => type.parseValue('soon')).toThrow('soon');
  expect(() => type.parseLiteral(parseConstValue('"soon"'))).toThrow('soon');
  expect(() => type.parseLiteral(parseConstValue('7'))).toThrow();
});

test.each([
  ['of others', supergraphOf('orders')],
  ['of others and of ours', supergraphOf('crm', 'orders')],
  ['of nobody', 'scalar DateTime'],
])('a scalar %s stays as it is', (_whose, supergraphSdl) => {
  const type = dateTimeOf(supergraphSdl);
  expect(type.parseValue('soon')).toBe('soon');
  expect(type.parseLiteral(parseConstValue('"soon"'))).toBe('soon');
});
