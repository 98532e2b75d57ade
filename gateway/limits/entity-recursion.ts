import {
  type DocumentNode,
  type GraphQLSchema,
  getDirectiveValues,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from './fragments';

/** How often a path of the operation comes through the same entity at most. */
export type RecursionOf = (document: DocumentNode, operation: OperationDefinitionNode) => number;

/**
 * Counts how often one path comes through one entity: 2 for a tenant's customers' tenant. Each time is another fetch
 * that the planner has to find a way for, so this number is what makes small documents dear. The document must be
 * valid; time is linear in its selections, which have a limit of their own.
 */
export function createRecursionOf(supergraph: GraphQLSchema): RecursionOf {
  const entities = entitiesOf(supergraph);
  /** Documents are parsed once and asked often. */
  const known = new WeakMap<OperationDefinitionNode, number>();

  function count(document: DocumentNode, operation: OperationDefinitionNode): number {
    const fragments = fragmentsOf(document);
    const onPath = new Map<string, number>();

    function recursionOfSet(set: SelectionSetNode, typeName: string): number {
      let most = 0;
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) {
          if (!selection.selectionSet) continue;
          const next = typeOfField(supergraph, typeName, selection.name.value);
          if (next) most = Math.max(most, recursionBelow(selection.selectionSet, next));
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          const next = selection.typeCondition?.name.value ?? typeName;
          most = Math.max(most, recursionOfSet(selection.selectionSet, next));
        } else {
          const fragment = fragments.get(selection.name.value);
          if (!fragment) continue;
          most = Math.max(most, recursionOfSet(fragment.selectionSet, fragment.typeCondition.name.value));
        }
      }
      return most;
    }

    function recursionBelow(set: SelectionSetNode, typeName: string): number {
      if (!entities.has(typeName)) return recursionOfSet(set, typeName);
      const times = (onPath.get(typeName) ?? 0) + 1;
      onPath.set(typeName, times);
      const below = recursionOfSet(set, typeName);
      onPath.set(typeName, times - 1);
      return Math.max(times, below);
    }

    const root = supergraph.getRootType(operation.operation);
    return root ? recursionOfSet(operation.selectionSet, root.name) : 0;
  }

  return (document, operation) => {
    const recursion = known.get(operation) ?? count(document, operation);
    known.set(operation, recursion);
    return recursion;
  };
}

function typeOfField(schema: GraphQLSchema, typeName: string, fieldName: string): string | undefined {
  const type = schema.getType(typeName);
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName] : undefined;
  return field && getNamedType(field.type).name;
}

/** Types that composition gave a key in some subgraph: what the planner jumps between subgraphs by. */
function entitiesOf(schema: GraphQLSchema): Set<string> {
  const joinType = schema.getDirective('join__type');
  const entities = Object.values(schema.getTypeMap()).filter((type) =>
    type.astNode?.directives?.some((directive) => {
      if (!joinType || directive.name.value !== joinType.name) return false;
      const values = getDirectiveValues(joinType, { directives: [directive] });
      return typeof values?.['key'] === 'string';
    }),
  );
  return new Set(entities.map((type) => type.name));
}
