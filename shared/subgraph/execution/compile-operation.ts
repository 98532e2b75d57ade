import {
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql';
import type { PromiseOrValue } from 'graphql/jsutils/PromiseOrValue';
import { createConditionCases } from '../../graphql/condition-cases';
import { compileRootFields, executeInOrder, executeTogether } from './compile-fields';
import type { ExecuteFields } from './complete-value';
import { type Execution, FieldErrors, type OperationInfo } from './execution';

/** Executes a compiled operation. Without `data` in its answer nothing was executed. */
export type ExecuteCompiled = (
  variables: Readonly<Record<string, unknown>> | undefined,
  contextValue: unknown,
) => PromiseOrValue<ExecutionResult>;

/**
 * Compiles one operation of a validated document: which fields are asked of which type, how their arguments are read
 * and how their values are completed is found out once, and not at each field of each execution. What it answers is what
 * `execute` of graphql-js does, errors and their places included. Throws a `GraphQLError` where the document has no such operation.
 */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): ExecuteCompiled {
  const operation = operationOf(document, operationName);
  const type = schema.getRootType(operation.operation);
  if (!type) {
    throw new GraphQLError(`Schema is not configured to execute ${operation.operation} operation.`, {
      nodes: operation,
    });
  }
  const info: OperationInfo = { schema, fragments: fragmentsOf(document), operation, rootValue: undefined };
  const execute = operation.operation === OperationTypeNode.MUTATION ? executeInOrder : executeTogether;
  const caseOf = createConditionCases<ExecuteFields>(conditionVariables(document), (conditions) =>
    execute(compileRootFields(type, { operation: info, conditions })),
  );

  return (variables, contextValue) => {
    const values = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
      maxErrors: 50,
    });
    if (values.errors) return { errors: values.errors };
    const execution: Execution = { contextValue, variableValues: values.coerced, errors: new FieldErrors() };
    const fail = (error: unknown) => {
      execution.errors.add(error as GraphQLError, undefined);
      return answer(execution, null);
    };
    try {
      const data = caseOf(execution.variableValues)(execution, info.rootValue, undefined);
      return data instanceof Promise
        ? data.then((settled) => answer(execution, settled), fail)
        : answer(execution, data);
    } catch (error) {
      return fail(error);
    }
  };
}

function answer({ errors: { all } }: Execution, data: unknown): ExecutionResult {
  const result = { data: data as ExecutionResult['data'] };
  return all.length > 0 ? { errors: all, ...result } : result;
}

function operationOf(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const [operation, ...others] = (operations as OperationDefinitionNode[]).filter(
    (one) => name === undefined || one.name?.value === name,
  );
  if (!operation) {
    throw new GraphQLError(
      name === undefined ? 'Must provide an operation.' : `Unknown operation named "${name}".`,
    );
  }
  if (others.length > 0) {
    throw new GraphQLError('Must provide operation name if query contains multiple operations.');
  }
  return operation;
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return fragments;
}

/** The variables that `@skip` and `@include` name anywhere in a document. */
function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    [Kind.DIRECTIVE]: ({ name, arguments: given }) => {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}
