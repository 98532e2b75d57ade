import { Kind, type ObjectTypeDefinitionNode, parse } from 'graphql';
import { bothPolicies, declaredPolicy, describePolicy, isAsStrictAs } from './access-policy';

function policyOf(directives: string) {
  const [type] = parse(`type T ${directives} { f: Int }`).definitions;
  if (type?.kind !== Kind.OBJECT_TYPE_DEFINITION) throw new Error('a type was parsed');
  return declaredPolicy(type satisfies ObjectTypeDefinitionNode);
}

test.each([
  ['', null],
  ['@key(fields: "f")', null],
  ['@authenticated', [[]]],
  ['@requiresScopes(scopes: [["a"]])', [['a']]],
  ['@requiresScopes(scopes: [["a", "b"], ["c"]])', [['a', 'b'], ['c']]],
  ['@authenticated @requiresScopes(scopes: [["a"]])', [['a']]],
])('the directives "%s" are read', (directives, expected) => {
  expect(policyOf(directives)).toEqual(expected);
});

test('a definition and its extensions hold together', () => {
  const nodes = parse(
    'type T @requiresScopes(scopes: [["a"]]) extend type T @requiresScopes(scopes: [["b"]])',
  );
  expect(declaredPolicy(...(nodes.definitions as ObjectTypeDefinitionNode[]), null)).toEqual([['a', 'b']]);
});

test.each([
  [null, null, null],
  [null, [['a']], [['a']]],
  [[['a']], null, [['a']]],
  [[['a']], [['a']], [['a']]],
  [[['a']], [['b']], [['a', 'b']]],
  [[['a'], ['b']], [['a']], [['a']]],
  [
    [['a'], ['b']],
    [['c']],
    [
      ['a', 'c'],
      ['b', 'c'],
    ],
  ],
  [[[]], [['a']], [['a']]],
  [[], [['a']], []],
])('%j and %j together demand %j', (one, other, both) => {
  expect(bothPolicies(one, other)).toEqual(both);
});

test.each([
  [null, null, true],
  [null, [[]], false],
  [[[]], null, true],
  [[[]], [['a']], false],
  [[['a']], [[]], true],
  [[['a']], [['a'], ['b']], true],
  [[['a'], ['b']], [['a']], false],
  [[['a', 'b']], [['b']], true],
  [[['a']], [['a', 'b']], false],
])('whether whoever passes %j passes %j: %j', (policy, other, expected) => {
  expect(isAsStrictAs(policy, other)).toBe(expected);
});

test.each([
  [null, 'nothing'],
  [[], 'what nobody has'],
  [[[]], 'a token'],
  [[['a']], 'the scope a'],
  [[['a'], ['b']], 'the scope a, or b'],
  [[['a', 'b']], 'the scopes a and b'],
  [[['a', 'b'], ['c']], 'the scopes a and b, or c'],
])('%j in words', (policy, words) => {
  expect(describePolicy(policy)).toBe(words);
});
