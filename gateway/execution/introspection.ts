import type { FieldSelection } from '@apollo/federation-internals';
import {
  type DocumentNode,
  executeSync,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { Variables } from './execution';

/** Compiles a root field `__schema` or `__type`, which no subgraph is asked for. */
export type CompileIntrospection = (selection: FieldSelection) => (variables: Variables) => unknown;

/** Answers introspection by the schema of the whole graph. `definitions` are the variables of the document. */
export function createIntrospection(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
): CompileIntrospection {
  return (selection) => {
    const key = selection.element.responseName();
    const document = documentOf(selection.expandFragments().toSelectionNode(), definitions);
    return (variableValues) => {
      const { data, errors } = executeSync({ schema, document, variableValues });
      if (!data || errors) throw new Error(`Introspection failed: ${errors?.[0]?.message}`);
      return data[key];
    };
  };
}

function documentOf(selection: SelectionNode, definitions: readonly VariableDefinitionNode[]): DocumentNode {
  const used = new Set<string>();
  visit(selection, { Variable: ({ name }) => void used.add(name.value) });
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        variableDefinitions: definitions.filter(({ variable }) => used.has(variable.name.value)),
        selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
      },
    ],
  };
}
