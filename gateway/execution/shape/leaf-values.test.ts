import { buildSchema, isScalarType } from '@apollo/federation-internals';
import { leafValidity } from './leaf-values';

const schema = buildSchema(
  'scalar Anything enum Colour { RED } type Query { colour: Colour anything: Anything }',
);
const values = [true, 'RED', '', '12', 12, -0, 1e21, 1.5, Number.NaN, Number.POSITIVE_INFINITY, {}, []];

test.each([
  ['Boolean', [true]],
  ['String', ['RED', '', '12']],
  ['ID', ['RED', '', '12', 12, -0]],
  ['Int', [12, -0]],
  ['Float', [12, -0, 1e21, 1.5]],
  ['Colour', ['RED']],
  ['Anything', values],
])('a value of %s is known by its kind', (name, valid) => {
  const type = schema.type(name);
  if (!type || !(isScalarType(type) || type.kind === 'EnumType')) throw new Error(`${name} is no leaf`);
  expect(values.filter(leafValidity(type))).toEqual(valid);
});
