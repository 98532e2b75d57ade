import type { FetchDataRewrite } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { type GraphObject, isGraphObject, own, setOwn, typenameOf } from './graph-object';
import { compileTypeCondition } from './type-conditions';

/** Changes an object in place, wherever in it the rewrite's path leads. */
export type Rewrite = (value: unknown) => void;

const TYPE_CONDITION = '... on ';

/**
 * Compiles what a plan says of a fetch's data: names that two types would answer differently go out under other
 * names and come back under their own, and `__typename` is set where a subgraph knows a type as an interface alone.
 */
export function compileRewrites(supergraph: GraphQLSchema, rewrites: FetchDataRewrite[] = []): Rewrite {
  const compiled = rewrites.map((rewrite) => compileRewrite(supergraph, rewrite));
  return (value) => {
    for (const rewrite of compiled) rewrite(value);
  };
}

function compileRewrite(supergraph: GraphQLSchema, rewrite: FetchDataRewrite): Rewrite {
  const steps = rewrite.path.slice(0, -1);
  const key = rewrite.path.at(-1);
  if (key === undefined) return () => undefined;
  return steps.reduceRight<Rewrite>(
    (next, step) => compileStep(supergraph, step, next),
    forEachObject(rewriteOf(rewrite, key)),
  );
}

function rewriteOf(rewrite: FetchDataRewrite, key: string): (object: GraphObject) => void {
  if (rewrite.kind === 'ValueSetter') return (object) => setOwn(object, key, rewrite.setValueTo);
  return (object) => {
    const value = own(object, key);
    if (value === undefined) return;
    setOwn(object, rewrite.renameKeyTo, value);
    setOwn(object, key, undefined);
  };
}

function compileStep(supergraph: GraphQLSchema, step: string, next: Rewrite): Rewrite {
  if (!step.startsWith(TYPE_CONDITION)) return forEachObject((object) => next(own(object, step)));
  const applies = compileTypeCondition(supergraph, step.slice(TYPE_CONDITION.length));
  return forEachObject((object) => {
    const typename = typenameOf(object);
    if (typename === undefined || applies(typename)) next(object);
  });
}

function forEachObject(visit: (object: GraphObject) => void): Rewrite {
  const rewrite: Rewrite = (value) => {
    if (Array.isArray(value)) value.forEach(rewrite);
    else if (isGraphObject(value)) visit(value);
  };
  return rewrite;
}
