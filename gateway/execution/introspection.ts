import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { Variables } from './execution';

/** Compiles the root field `__schema` or `__type` that is answered as `key`, for which no subgraph is asked. */
export type CompileIntrospection = (key: string) => (variables: Variables) => unknown;

/** Answers the introspection in an operation by the schema of the whole graph. */
export function createIntrospection(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompileIntrospection {
  return (key) => {
    const asked = introspectionIn(document, operation, key);
    return (variableValues) => {
      const { data, errors } = executeSync({ schema, document: asked, variableValues });
      if (!data || errors) throw new Error(`Introspection failed: ${errors?.[0]?.message}`);
      return data[key];
    };
  };
}

/** The document for a planner, which knows less of introspection than GraphQL.js: of each such field `__typename` alone. */
export function withoutIntrospection(document: DocumentNode): DocumentNode {
  return visit(document, {
    FragmentDefinition: (fragment) => (isOfIntrospection(fragment) ? null : undefined),
    Field: (field) => (isIntrospection(field) ? { ...field, selectionSet: typenameAlone } : undefined),
  });
}

const typenameAlone: FieldNode['selectionSet'] = {
  kind: Kind.SELECTION_SET,
  selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }],
};

/** What the operation asks as `key`, wherever in its fragments, with the variables of that. */
function introspectionIn(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  key: string,
): DocumentNode {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const asked = visit(
    { ...document, definitions: [operation, ...fragments] },
    {
      FragmentDefinition: (fragment) => (isOfIntrospection(fragment) ? false : undefined),
      Field: (field) => (isIntrospection(field) && (field.alias ?? field.name).value === key ? false : null),
    },
  );
  const used = new Set<string>();
  visit(asked, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void used.add(name.value),
  });
  return visit(asked, {
    VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? false : null),
  });
}

function isIntrospection({ name }: FieldNode): boolean {
  return name.value === '__schema' || name.value === '__type';
}

function isOfIntrospection({ typeCondition }: FragmentDefinitionNode): boolean {
  return typeCondition.name.value.startsWith('__');
}
