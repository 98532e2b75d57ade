import { buildSchema, type GraphQLSchema } from 'graphql';
import pino from 'pino';
import { badInput, CodedError } from '../../shared/errors/coded-error';
import { createMetrics } from '../../shared/metrics/metrics';
import type { NotingCall } from '../../shared/subgraph/deprecated-use';
import { createExecuteOperation } from '../../shared/subgraph/execute-operation';
import { type SubgraphRequest, systemCall } from '../../shared/subgraph/transport';
import { createStockServer } from './stock-server';

/** A schema whose fields answer or fail in all the ways that resolvers have. */
function createSchema(): GraphQLSchema {
  const schema = buildSchema(`
    type Query { greet(name: String = "you", count: Int): String! numbers: [Number!] number: Number old(ok: Boolean = true): Int }
    type Mutation { rename(to: Name!): String }
    type Number { value: Int! text: String }
    input Name { first: String! last: String }
  `);
  const fail = (error: Error) => () => {
    throw error;
  };
  const numbers = [1, 2, 3].map((value) => ({
    value: value === 2 ? fail(new CodedError('NOT_FOUND', 'there is no two')) : value,
    text: async () => (value === 1 ? 'one' : fail(new Error('the table "number" is away'))()),
  }));
  const root: Record<string, object> = {
    Query: {
      greet: ({ name, count }: { name: string; count?: number }) => `Hello ${name} ${count}`,
      numbers: () => numbers,
      number: () => Promise.resolve({ value: null }),
      old: ({ ok }: { ok: boolean }, { deprecatedUses }: NotingCall) => {
        deprecatedUses?.push({ field: 'ok', use: 'new', tenant: 'yolo', until: 'then' });
        return ok ? 1 : fail(new CodedError('NOT_FOUND', 'it is gone'))();
      },
    },
    Mutation: { rename: fail(badInput('input.first', 'minLength', 'is too short')) },
  };
  for (const [type, fields] of Object.entries(root)) {
    const declared = (schema.getType(type) as ReturnType<GraphQLSchema['getQueryType']>)?.getFields() ?? {};
    for (const [name, resolve] of Object.entries(fields)) {
      Object.assign(declared[name] ?? {}, {
        resolve: (_: unknown, given: object, call: NotingCall) => resolve(given, call),
      });
    }
  }
  return schema;
}

const operations: [string, SubgraphRequest][] = [
  ['an answer', { query: '{ greet }' }],
  [
    'variables',
    { query: 'query ($n: String, $c: Int) { greet(name: $n, count: $c) }', variables: { n: 'A', c: 2 } },
  ],
  ['one of two operations', { query: 'query A { greet } query B { number { value } }', operationName: 'B' }],
  ['errors in lists', { query: '{ numbers { value } }' }],
  ['errors without a code', { query: '{ numbers { text } greet }' }],
  ['null that the schema forbids', { query: '{ number { value } }' }],
  ['an error of the catalogue', { query: 'mutation { rename(to: { first: "" }) }' }],
  ['a use that will end', { query: '{ old greet again: old }' }],
  ['a use that will end, beside an error', { query: '{ old(ok: false) }' }],
  ['a document with a syntax error', { query: '{ greet(' }],
  ['an unknown field', { query: '{ greet nothing }' }],
  ['an unknown operation', { query: 'query A { greet }', operationName: 'C' }],
  ['several operations without a name', { query: 'query A { greet } query B { greet }' }],
  ['variables of a wrong type', { query: 'query ($c: Int) { greet(count: $c) }', variables: { c: 'two' } }],
  ['a variable that is missing', { query: 'mutation ($to: Name!) { rename(to: $to) }', variables: {} }],
  ['introspection', { query: '{ __schema { types { name } } __typename }' }],
];

test.each(operations)('%s: answered as a stock server does, and so in the log', async (_what, request) => {
  const schema = createSchema();
  const newCall = (): NotingCall => ({ ...systemCall('request-1'), deprecatedUses: [] });
  const logs: string[][] = [[], []];
  const [ourLog, theirLog] = logs.map((lines) =>
    pino({ level: 'error', base: null, timestamp: false }, { write: (line) => void lines.push(line) }),
  );
  if (!ourLog || !theirLog) throw new Error('There are two logs');
  const server = createStockServer(schema, theirLog);
  const execute = createExecuteOperation({ schema, name: 'crm', metrics: createMetrics(), logger: ourLog });

  const ours = await execute(request, newCall());
  const { body } = await server.executeOperation(request, { contextValue: newCall() });
  expect(body).toEqual({ kind: 'single', singleResult: JSON.parse(JSON.stringify(ours)) });
  const [ourLines, theirLines] = logs.map((lines) => lines.map(withoutStack));
  expect(ourLines).toEqual(theirLines);
  // The second time the document is known.
  expect(await execute(request, newCall())).toEqual(ours);
  await server.stop();
});

function withoutStack(line: string): unknown {
  return JSON.parse(line, (key, value) => (key === 'stack' ? undefined : value));
}
