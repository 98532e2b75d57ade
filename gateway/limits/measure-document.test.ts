import { getIntrospectionQuery, parse } from 'graphql';
import { measureDocument } from './measure-document';

const NOTHING = {
  depth: 0,
  aliases: 0,
  directives: 0,
  selections: 0,
  rootFields: 0,
  publicMutations: 0,
};

test.each([
  ['one field', '{ a }', { depth: 1, selections: 1, rootFields: 1 }],
  ['fields inside of each other', '{ a { b { c } } }', { depth: 3, selections: 3, rootFields: 1 }],
  ['an alias', '{ x: a }', { depth: 1, selections: 1, rootFields: 1, aliases: 1 }],
  [
    'a fragment that is spread twice counts twice',
    '{ a { ...F } b { ...F } } fragment F on T { x: c d }',
    { depth: 2, selections: 6, rootFields: 2, aliases: 2 },
  ],
  [
    'an inline fragment is no level, but a selection',
    '{ ... on Query { a { b } } }',
    { depth: 2, selections: 3, rootFields: 1 },
  ],
  [
    'fields at the top of a fragment of the query are root fields',
    '{ ...F ...F } fragment F on Query { a b }',
    { depth: 1, selections: 4, rootFields: 2 },
  ],
  [
    'fields at the top that are answered under one name are one',
    '{ a @include(if: $x) a @skip(if: $x) b: a ...F } fragment F on Query { a ... { c: a b: a } }',
    { depth: 1, selections: 7, rootFields: 3, aliases: 3, directives: 2 },
  ],
  [
    'directives wherever they stand',
    'query ($v: Int @d) @d { a @d ... @d { b } ...F @d } fragment F on Query @d { c @d }',
    { depth: 1, selections: 4, rootFields: 3, directives: 7 },
  ],
  [
    'public mutations by name, under aliases and in fragments',
    'mutation { a: submitLead submitLead ...F } fragment F on Mutation { submitLead other }',
    { depth: 1, selections: 4, rootFields: 3, aliases: 1, publicMutations: 3 },
  ],
  ['a query has no public mutation', '{ submitLead }', { depth: 1, selections: 1, rootFields: 1 }],
  [
    'the largest of several operations',
    'query A { a { b } } query B { a b c }',
    { depth: 2, selections: 3, rootFields: 3 },
  ],
  [
    'a fragment that nothing spreads',
    '{ a } fragment F on T { b { c { d } } }',
    { depth: 3, selections: 3, rootFields: 1 },
  ],
  ['a missing fragment is empty', '{ a ...Missing }', { depth: 1, selections: 1, rootFields: 1 }],
  [
    'a fragment inside of itself comes to an end',
    '{ ...F } fragment F on Query { a { ...F } }',
    { depth: 1, selections: 1, rootFields: 1 },
  ],
])('%s', (_what, text, expected) => {
  expect(measureDocument(parse(text))).toEqual({ ...NOTHING, ...expected });
});

test('the depth of introspection is not counted, that of fields beside it is', () => {
  expect(measureDocument(parse(getIntrospectionQuery())).depth).toBe(1);
  expect(measureDocument(parse('{ __schema { types { name } } a { b } }')).depth).toBe(2);
});

test('fragments that double 200 times are measured at once', () => {
  const fragments = Array.from(
    { length: 200 },
    (_, i) => `fragment F${i} on T { a { ...F${i + 1} } x: b { ...F${i + 1} } }`,
  );
  const document = parse(`{ ...F0 } ${fragments.join(' ')} fragment F200 on T { c }`);
  const start = performance.now();
  const size = measureDocument(document);
  expect(performance.now() - start).toBeLessThan(50);
  expect(size.depth).toBe(201);
  expect(size.selections).toBeGreaterThan(1e8);
  expect(size.aliases).toBeGreaterThan(1e8);
});

test('many operations that spread one large fragment are measured at once', () => {
  const fields = Array.from({ length: 2_500 }, (_, index) => `f${index}`);
  const document = parse(`${'{ ...F }'.repeat(600)} fragment F on Query { ${fields.join(' ')} }`);
  const start = performance.now();
  expect(measureDocument(document).rootFields).toBe(2_500);
  expect(performance.now() - start).toBeLessThan(500);
});
