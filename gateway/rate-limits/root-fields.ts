import {
  type DocumentNode,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import { fragmentsOf } from '../limits/fragments';
import { nullCondition } from '../limits/null-conditions';

/** A field that an operation runs at its root, with its arguments as the resolver gets them. */
export interface RootField {
  name: string;
  args: Record<string, unknown>;
}

export interface RequestedOperation {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Record<string, unknown> | undefined;
}

/**
 * The fields that will run at the root, found as GraphQL's own executor finds them: through fragments, once for each
 * alias, without those that a directive leaves out. Empty where variables do not fit, because then nothing will run.
 */
export function rootFieldsOf({ schema, document, operation, variables }: RequestedOperation): RootField[] {
  const type = schema.getRootType(operation.operation);
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
    maxErrors: 1,
  });
  if (!type || !coerced) return [];
  if (nullCondition(document, coerced) !== null) return [];
  const fragments = Object.fromEntries(fragmentsOf(document));
  const collected = collectFields(schema, fragments, coerced, type, operation.selectionSet);
  return [...collected.values()].flatMap(([node]) => {
    const field = node && type.getFields()[node.name.value];
    return node && field ? [{ name: field.name, args: argumentsOf(field, node, coerced) }] : [];
  });
}

/** Arguments that cannot be read will be refused by the executor, so they say nothing. */
function argumentsOf(
  ...[field, node, variables]: Parameters<typeof getArgumentValues>
): Record<string, unknown> {
  try {
    return getArgumentValues(field, node, variables);
  } catch {
    return {};
  }
}
