import type { ExecutionResult, GraphQLError } from 'graphql';

export interface Answers {
  ours: ExecutionResult;
  stock: ExecutionResult;
}

export interface Comparison {
  /**
   * Whether errors must name the same elements of lists. Stock execution counts wrongly where a list has elements that
   * were left out of the fetch.
   */
  countsElements: boolean;
}

/** What stock execution, or a subgraph that it misinforms, says when an alias that took the name of a key leads it astray. */
const BROKE_DOWN =
  /Cannot use 'in' operator|Invalid non-(object|list) value|Excepted output|(flatMap|slice) is not a function/;

/**
 * Holds our answer against the stock one: the same data in the same order, and the same errors in any order, because
 * it is chance which fetch ends first. Decision 20 says why the exceptions here are none to worry about.
 */
export function expectSameAnswers({ ours, stock }: Answers, comparison: Comparison, of: unknown): void {
  if (stock.errors?.some(({ message }) => BROKE_DOWN.test(message))) return;
  expect({ of, ...comparable(ours, comparison) }).toEqual({ of, ...comparable(stock, comparison) });
  const completion = completionErrors(ours, comparison);
  expect({ of, completion }).toEqual({
    of,
    completion: expect.arrayContaining(completionErrors(stock, comparison)),
  });
}

/** Steps that stock execution passes on from its plan or from a subgraph, though no answer has them. */
const NO_STEPS: readonly unknown[] = ['@', '_entities', 'somewhere'];

function pathInAnswer(path: GraphQLError['path']): GraphQLError['path'] {
  const end = path?.findIndex((step) => NO_STEPS.includes(step)) ?? -1;
  return end === -1 ? path : path?.slice(0, end);
}

function comparable({ data, errors = [] }: ExecutionResult, comparison: Comparison) {
  return { data: JSON.stringify(data), errors: inOrder(errors, comparison) };
}

function completionErrors({ extensions }: ExecutionResult, comparison: Comparison): string[] {
  return inOrder((extensions?.['valueCompletion'] ?? []) as GraphQLError[], comparison);
}

function inOrder(errors: readonly GraphQLError[], { countsElements }: Comparison): string[] {
  const written = errors.map(({ message, path, extensions = {} }) =>
    JSON.stringify({
      message,
      path: pathInAnswer(path)?.map((step) => (typeof step === 'number' && !countsElements ? '#' : step)),
      extensions: Object.fromEntries(Object.entries(extensions).sort()),
    }),
  );
  return written.sort();
}
