import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import type { Logger } from 'pino';
import { enforcePolicies } from '../graphql/enforce-policies';
import { ownScalars } from '../graphql/own-scalars';
import type { Metrics } from '../metrics/metrics';
import { createExecuteOperation } from './execute-operation';
import type { SubgraphName } from './names';
import type { SubgraphCall, SubgraphTransport } from './transport';

/** A running subgraph. It is its own in-process transport; `serveSubgraph` puts it behind HTTP. */
export interface Subgraph extends SubgraphTransport {
  readonly name: SubgraphName;
  readonly schema: GraphQLSchema;
  createContext(call: SubgraphCall): SubgraphCall;
  stop(): Promise<void>;
}

/** Resolvers by type name. Their types are checked where they are written, against the subgraph's generated types. */
export type ResolverMap = Record<string, object | undefined>;

export interface SubgraphOptions<Context extends SubgraphCall> {
  name: SubgraphName;
  typeDefinitions: string;
  /** One map a feature; several may add fields to one type. */
  resolvers: ResolverMap[];
  /** What resolvers get for one operation: stores, loaders, and the call's viewer. */
  createContext: (call: SubgraphCall) => Context;
  /** Rejects when the subgraph cannot serve, for instance because its database is away. */
  checkHealth: () => Promise<void>;
  /** Ends what the subgraph runs beside requests. */
  stop?: () => Promise<void>;
  /** What the process counts. */
  metrics: Metrics;
  logger: Logger;
}

/** Builds the subgraph's schema and what executes operations on it inside of this process. */
export async function createSubgraph<Context extends SubgraphCall>(
  options: SubgraphOptions<Context>,
): Promise<Subgraph> {
  const schema = enforcePolicies(
    buildSubgraphSchema({
      typeDefs: parse(options.typeDefinitions),
      // The maps were checked against the generated types; the library's own type knows less than those.
      resolvers: mergeResolvers([ownScalars, ...options.resolvers]) as never,
    }),
  );
  const executeOperation = createExecuteOperation({ ...options, schema });

  return {
    name: options.name,
    schema,
    createContext: options.createContext,
    execute: (request, call) => executeOperation(request, options.createContext(call)),
    checkHealth: options.checkHealth,
    async stop() {
      await options.stop?.();
    },
  };
}

function mergeResolvers(maps: ResolverMap[]): ResolverMap {
  const merged: ResolverMap = {};
  for (const [type, resolvers] of maps.flatMap((map) => Object.entries(map))) {
    merged[type] = type in merged ? { ...merged[type], ...resolvers } : resolvers;
  }
  return merged;
}
