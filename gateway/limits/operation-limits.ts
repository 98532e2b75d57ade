import type { DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Limits } from '../../shared/limit-settings';
import { createRecursionOf } from './entity-recursion';
import { createCostOf } from './operation-cost';
import { refusal } from './refusal';

/** The refusal of a validated operation that is dear to plan or to run with these variables; `null` when it is not. */
export type RefuseDearOperation = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
) => GraphQLError | null;

/** What depends on the schema: the other limits are those of `refuseLargeDocument`. */
export function createOperationLimits(supergraph: GraphQLSchema, limits: Limits): RefuseDearOperation {
  const recursionOf = createRecursionOf(supergraph);
  const costOf = createCostOf(supergraph);

  return (document, operation, variables) => {
    const recursion = recursionOf(document, operation);
    if (recursion > limits.recursion) {
      return refusal(
        'MAX_RECURSION_LIMIT',
        `A path may come through the same entity ${limits.recursion} times at most; one comes ${recursion} times`,
        { limit: limits.recursion, value: recursion },
      );
    }
    const cost = Math.min(costOf(document, operation, variables), Number.MAX_SAFE_INTEGER);
    if (cost <= limits.cost) return null;
    return refusal(
      'COST_ESTIMATED_TOO_EXPENSIVE',
      `An operation may cost ${limits.cost} at most; this one is estimated at ${cost}`,
      { limit: limits.cost, value: cost },
    );
  };
}
