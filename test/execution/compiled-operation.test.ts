import { buildSchema, type ExecutionResult, execute, OperationTypeNode, parse } from 'graphql';
import { compileOperation } from '../../shared/subgraph/execution/compile-operation';
import { generateDocument } from './document-generator';
import { createUnrulySchema, Later } from './graphs/unruly-schema';

const schema = createUnrulySchema();
const samples = { word: ['one', 'two', null], String: ['text', ''], Int: [0, 1, -1] };

/** Executes a generated document in both ways, three times over unlike values. */
async function compare(seed: number, operation: OperationTypeNode): Promise<void> {
  const written = generateDocument(schema, seed, { operation, samples, maxDepth: 4, maxFields: 20 });
  const document = parse(written.text);
  const compiled = compileOperation(schema, document, 'Generated');
  for (const [turn, variableValues] of [
    written.variables,
    otherConditions(written.variables),
    {},
  ].entries()) {
    const call = () => ({ later: new Later(), seed: seed * 3 + turn });
    const [ours, stock] = [call(), call()];
    const answer = await ours.later.until(compiled(variableValues, ours));
    const expected = await stock.later.until(
      execute({ schema, document, variableValues, contextValue: stock, operationName: 'Generated' }),
    );
    expect({ ...written, turn, ...comparable(answer) }).toEqual({
      ...written,
      turn,
      ...comparable(expected),
    });
  }
}

/** The same variables, with every condition the other way round. */
function otherConditions(variables: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(variables);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'boolean' ? !value : value]),
  );
}

function comparable({ data, errors = [] }: ExecutionResult) {
  return {
    data: JSON.stringify(data),
    errors: errors
      .map((error) => JSON.stringify({ ...error.toJSON(), of: error.originalError?.message }))
      .sort(),
  };
}

test('500 queries are answered as graphql-js answers them', async () => {
  for (let seed = 0; seed < 500; seed += 1) await compare(seed, OperationTypeNode.QUERY);
}, 120_000);

test('200 mutations are answered as graphql-js answers them', async () => {
  for (let seed = 0; seed < 200; seed += 1) await compare(seed, OperationTypeNode.MUTATION);
}, 120_000);

test("an element that fails after its list did is nobody's unhandled rejection", async () => {
  const lists = buildSchema('type Query { numbers: [Int!] }');
  const late = new Promise((_resolve, reject) => setImmediate(() => reject(new Error('late'))));
  Object.assign(lists.getQueryType()?.getFields()['numbers'] ?? {}, { resolve: () => [late, null] });
  const { data, errors } = await compileOperation(lists, parse('{ numbers }'), undefined)({}, {});
  expect(data).toEqual({ numbers: null });
  expect(errors?.map(({ path }) => path)).toEqual([['numbers', 1]]);
  await new Promise(setImmediate);
});
