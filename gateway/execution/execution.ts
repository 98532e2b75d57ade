import type { GraphQLError, GraphQLSchema } from 'graphql';
import type { DeprecatedUse } from '../../shared/subgraph/deprecated-use';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { SubgraphDataSource } from '../subgraph-data-source';
import type { GraphObject } from './graph-object';

export type Variables = Readonly<Record<string, unknown>>;

/** One request while its plan runs. */
export interface Execution {
  readonly call: SubgraphCall;
  /** As the caller sent them; checked, but without the document's defaults. */
  readonly sentVariables: Variables;
  /** With the document's defaults. */
  readonly variables: Variables;
  /** All that the subgraphs answered so far, merged. */
  readonly data: GraphObject;
  readonly errors: GraphQLError[];
  /** How many more errors the subgraphs told of. */
  errorsLeftOut: number;
  /** What the subgraphs told of uses that will end. */
  readonly deprecatedUses: DeprecatedUse[];
}

/** A part of a plan. It rejects only for what ends the whole request. */
export type Step = (execution: Execution) => Promise<void>;

/** What plans of one supergraph are compiled against. */
export interface PlanSurroundings {
  supergraph: GraphQLSchema;
  sources: ReadonlyMap<string, Pick<SubgraphDataSource, 'ask'>>;
}
