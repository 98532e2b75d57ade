import fc, { type Arbitrary } from 'fast-check';
import {
  buildClientSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { addDemoData } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';

const RUNS = Number(process.env['HOSTILE_RUNS'] ?? 600);
const SEED = Number(process.env['HOSTILE_SEED'] ?? 20260111);
const DIGIWEDGE = 'fd3c07a1-8038-5e37-beb6-537fda68d644';

let graph: TestGraph;
let schema: GraphQLSchema;
beforeAll(async () => {
  graph = await startGraph();
  await addDemoData(graph);
  schema = buildClientSchema(await graph.ask(getIntrospectionQuery()));
});
afterAll(() => graph.stop());

const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud800',
    "'; DROP TABLE crm.customer; --",
    '%',
    '\\',
    '2'.repeat(400),
    'digiwedge',
    'x@y',
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);
const id = fc.oneof(fc.constant(DIGIWEDGE), fc.uuid(), text);
const moment = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    'infinity',
    '0000-00-00',
    '+275760-09-13T00:00:00.000Z',
    '2026-02-30T00:00:00Z',
    '9999-12-31T23:59:60Z',
  ),
);
const scalars: Record<string, Arbitrary<unknown>> = {
  ID: id,
  String: text,
  DateTime: moment,
  Int: fc.integer(),
  Float: fc.double({ noNaN: true, noDefaultInfinity: true }),
  Boolean: fc.boolean(),
};

function anyValueOf(type: GraphQLInputType, depth = 0): Arbitrary<unknown> {
  if (isNonNullType(type)) return presentValueOf(type.ofType, depth);
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 4, arbitrary: presentValueOf(type, depth) },
  );
}

function presentValueOf(type: GraphQLInputType, depth: number): Arbitrary<unknown> {
  if (isNonNullType(type)) return presentValueOf(type.ofType, depth);
  if (isListType(type))
    return depth > 4 ? fc.constant([]) : fc.array(anyValueOf(type.ofType, depth + 1), { maxLength: 3 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map((value) => value.name));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map((field) => {
      const value = anyValueOf(field.type, depth + 1);
      const isRequired = isNonNullType(field.type) && field.defaultValue === undefined;
      return [field.name, isRequired ? value : fc.option(value, { nil: undefined })];
    });
    return fc.record(Object.fromEntries(fields));
  }
  const scalar = scalars[type.name];
  if (!scalar) throw new Error(`No values are known for the scalar ${type.name}`);
  return scalar;
}

/** One operation on one root field with whatever values its arguments' types allow. */
function operationOn(kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>) {
  const declared = (argument: GraphQLArgument) => `$${argument.name}: ${argument.type}`;
  const declarations = field.args.length > 0 ? `(${field.args.map(declared).join(', ')})` : '';
  const passed =
    field.args.length > 0 ? `(${field.args.map(({ name }) => `${name}: $${name}`).join(', ')})` : '';
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
  const query = `${kind} ${declarations} { ${field.name}${passed} ${selection} }`;
  return fc
    .record(Object.fromEntries(field.args.map((argument) => [argument.name, anyValueOf(argument.type)])))
    .map((variables) => ({ query, variables }));
}

test('whatever values a caller sends, no answer is a defect and none tells of the database', async () => {
  const operations = [
    ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => operationOn('query', field)),
    ...Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) =>
      operationOn('mutation', field),
    ),
  ];
  await fc.assert(
    fc.asyncProperty(fc.oneof(...operations), async ({ query, variables }) => {
      const { status, errors } = await graph.request(query, variables);
      expect(status).toBeLessThan(500);
      for (const error of errors ?? []) {
        expect(['INTERNAL_SERVER_ERROR', 'SUBGRAPH_UNAVAILABLE']).not.toContain(error.extensions.code);
        expect(error.message).not.toMatch(
          /\b(syntax error at|relation "|violates|invalid input syntax|pg_|node_modules)/,
        );
      }
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
}, 120_000);
