import { operationFromDocument } from '@apollo/federation-internals';
import type { QueryPlanner } from '@apollo/query-planner';
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { extensionsOf } from '../../shared/subgraph/deprecated-use';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import { compilePlan } from './compile-plan';
import type { Execution, PlanSurroundings, Variables } from './execution';
import { createIntrospection, withoutIntrospection } from './introspection';
import { withPlannableConditions } from './plannable-conditions';
import { compileAnswerShape, type ShapeAnswer } from './shape/answer-shape';

export interface OperationSurroundings extends PlanSurroundings {
  planner: QueryPlanner;
  /** The graph's schema as callers see it. */
  schema: GraphQLSchema;
}

/** One operation of a document that passed validation. */
export interface ValidOperation {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  operationName: string | undefined;
}

/** Answers the operation for one call. `variables` must have passed `refuseVariables`. */
export type RunOperation = (call: SubgraphCall, variables: Variables) => Promise<ExecutionResult>;

/** Plans an operation and compiles the plan and the shape of its answers. Throws what the planner throws. */
export function prepareOperation(
  { document, operation: definition, operationName }: ValidOperation,
  surroundings: OperationSurroundings,
): RunOperation {
  const { planner, schema } = surroundings;
  const apiSchema = planner.supergraph.apiSchema();
  const asked = withoutIntrospection(document);
  // A query is answered as Apollo's gateway answers it, also where its planner is wrong; but no write is left out.
  const planned =
    definition.operation === OperationTypeNode.MUTATION ? withPlannableConditions(asked) : asked;
  const operationOf = (words: DocumentNode) => operationFromDocument(apiSchema, words, { operationName });
  const operation = operationOf(asked);
  const plan = planner.buildQueryPlan(planned === asked ? operation : operationOf(planned));
  const runPlan = compilePlan(plan, surroundings);
  const introspection = createIntrospection(schema, document, definition);
  const shape = compileAnswerShape(operation, introspection);
  const defaults = operation.collectDefaultedVariableValues();

  return async (call, sentVariables) => {
    const execution: Execution = {
      call,
      sentVariables,
      variables: { ...defaults, ...sentVariables },
      data: {},
      errors: [],
      errorsLeftOut: 0,
      deprecatedUses: [],
    };
    await runPlan(execution);
    return answer(execution, shape);
  };
}

function answer(execution: Execution, shape: ShapeAnswer): ExecutionResult {
  const { data: merged, variables, errors } = execution;
  const { data, errors: completionErrors } = shape(merged, variables);
  const told = toldBeside(execution);
  if (errors.length > 0) return { errors, data, ...(told && { extensions: told }) };
  // Callers of Apollo's gateway find here, and here alone, why a value is null that no subgraph told an error of.
  const completion = completionErrors.length > 0 ? { valueCompletion: completionErrors } : undefined;
  return completion || told ? { extensions: { ...completion, ...told }, data } : { data };
}

/** What an answer tells beside its data and errors; `undefined` where that is nothing. */
function toldBeside({ deprecatedUses, errorsLeftOut }: Execution): ExecutionResult['extensions'] {
  const deprecation = extensionsOf(deprecatedUses);
  return errorsLeftOut > 0 ? { ...deprecation, errorsLeftOut } : deprecation;
}
