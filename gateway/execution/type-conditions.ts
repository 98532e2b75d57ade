import { type GraphQLSchema, isAbstractType, isInterfaceType } from 'graphql';

/** Whether a type of that name is the one that the condition names, or one of its kinds. */
export type TypeCondition = (typename: string) => boolean;

/** Says which types a condition of a plan holds for, by the supergraph. */
export function compileTypeCondition(supergraph: GraphQLSchema, condition: string): TypeCondition {
  const names = new Set([condition]);
  const type = supergraph.getType(condition);
  if (isAbstractType(type)) {
    for (const possible of supergraph.getPossibleTypes(type)) names.add(possible.name);
  }
  if (isInterfaceType(type)) {
    for (const narrower of supergraph.getImplementations(type).interfaces) names.add(narrower.name);
  }
  return (typename) => names.has(typename);
}
