import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import { DateTimeISOResolver } from 'graphql-scalars';
import type { Logger } from 'pino';
import { formatError } from '../errors/format-error';
import { logUnexpectedErrors } from '../errors/log-unexpected-errors';
import { enforcePolicies } from '../graphql/enforce-policies';
import type { SubgraphName } from './names';
import type { SubgraphCall, SubgraphResponse, SubgraphTransport } from './transport';

/** A running subgraph. It is its own in-process transport; `serveSubgraph` puts it behind HTTP. */
export interface Subgraph extends SubgraphTransport {
  readonly name: SubgraphName;
  readonly schema: GraphQLSchema;
  readonly server: ApolloServer<SubgraphCall>;
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
  logger: Logger;
}

/** Builds the subgraph's schema and the server that executes operations on it, with or without a port. */
export async function createSubgraph<Context extends SubgraphCall>(
  options: SubgraphOptions<Context>,
): Promise<Subgraph> {
  const schema = enforcePolicies(
    buildSubgraphSchema({
      typeDefs: parse(options.typeDefinitions),
      // The maps were checked against the generated types; the library's own type knows less than those.
      resolvers: mergeResolvers([{ DateTime: DateTimeISOResolver }, ...options.resolvers]) as never,
    }),
  );
  const server = new ApolloServer<SubgraphCall>({
    schema,
    formatError,
    includeStacktraceInErrorResponses: false,
    introspection: true,
    // Only the gateway speaks to a subgraph, and it sends JSON; the public door has its own rules.
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    logger: options.logger,
    plugins: [
      logUnexpectedErrors(options.logger),
      // It wraps every field of every row, for hints that no caller gets: half of the time of a long list.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
    ],
  });
  await server.start();

  return {
    name: options.name,
    schema,
    server,
    createContext: options.createContext,
    async execute(request, call): Promise<SubgraphResponse> {
      const { body } = await server.executeOperation(request, { contextValue: options.createContext(call) });
      if (body.kind !== 'single') throw new Error('A subgraph answers in one piece');
      return body.singleResult;
    },
    checkHealth: options.checkHealth,
    async stop() {
      await server.stop();
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
