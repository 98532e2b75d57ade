import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, type GraphQLSchema, parse } from 'graphql';
import type { SubgraphCall, SubgraphTransport } from '../../../shared/subgraph/transport';

/** A subgraph in memory: its SDL without the `@link`, and resolvers that get the call as their context. */
export interface TestSubgraph {
  sdl: string;
  // Resolvers of many types in one object; the library checks them against the SDL.
  resolvers: Record<string, object>;
}

export interface ComposedGraph {
  supergraphSdl: string;
  transportOf(subgraph: string): SubgraphTransport;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject"
])\n`;

/** Composes subgraphs of this process. Throws with every composition error. */
export function composeTestGraph(subgraphs: Record<string, TestSubgraph>): ComposedGraph {
  const services = Object.entries(subgraphs).map(([name, { sdl, resolvers }]) => ({
    name,
    url: `http://${name}.example/graphql`,
    typeDefs: parse(LINK + sdl),
    resolvers,
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  const transports = new Map(
    services.map(({ name, typeDefs, resolvers }) => [
      name,
      transportTo(buildSubgraphSchema({ typeDefs, resolvers: resolvers as never })),
    ]),
  );
  return {
    supergraphSdl,
    transportOf(subgraph) {
      const transport = transports.get(subgraph);
      if (!transport) throw new Error(`There is no subgraph ${subgraph}`);
      return transport;
    },
  };
}

function transportTo(schema: GraphQLSchema): SubgraphTransport {
  return {
    async execute({ query, variables, operationName }, call: SubgraphCall) {
      const { data, errors } = await execute({
        schema,
        document: parse(query),
        variableValues: variables,
        operationName,
        contextValue: call,
      });
      return { data, ...(errors && { errors: errors.map((error) => error.toJSON()) }) };
    },
    checkHealth: async () => undefined,
  };
}
