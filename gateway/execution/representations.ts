import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { type GraphObject, isGraphObject, mergeInto, own, setOwn, typenameOf } from './graph-object';
import { compileTypeCondition } from './type-conditions';

/** What a subgraph is told of an entity; `null` where a required field is not known. */
export type Represent = (entity: GraphObject) => GraphObject | null;

/** Compiles the selections that a fetch requires of an entity. */
export function compileRepresentation(
  supergraph: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
): Represent {
  const parts = selections.map((selection) => compilePart(supergraph, selection));
  return (entity) => {
    const representation: GraphObject = {};
    for (const addTo of parts) if (!addTo(representation, entity)) return null;
    return representation;
  };
}

/** Adds one part to a representation; `false` where the entity does not have it. */
type Part = (representation: GraphObject, entity: GraphObject) => boolean;

function compilePart(supergraph: GraphQLSchema, selection: QueryPlanSelectionNode): Part {
  if (selection.kind === 'InlineFragment') {
    const { typeCondition } = selection;
    if (!typeCondition) return () => true;
    const applies = compileTypeCondition(supergraph, typeCondition);
    const represent = compileRepresentation(supergraph, selection.selections);
    return (representation, entity) => {
      const typename = typenameOf(entity);
      const part = typename !== undefined && applies(typename) ? represent(entity) : null;
      // Another fragment may still have all that it asks for.
      if (part) mergeInto(representation, part);
      return true;
    };
  }
  const key = selection.alias ?? selection.name;
  const represent = selection.selections && compileRepresentation(supergraph, selection.selections);
  return (representation, entity) => {
    const value = own(entity, key);
    if (value === undefined) return false;
    setOwn(representation, key, represent ? representValue(value, represent) : value);
    return true;
  };
}

function representValue(value: unknown, represent: Represent): unknown {
  if (Array.isArray(value)) return value.map((element) => representValue(element, represent));
  return isGraphObject(value) ? represent(value) : null;
}
