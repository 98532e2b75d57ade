import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { composeServices } from '@apollo/composition';
import { type DocumentNode, type GraphQLSchema, parse, visit } from 'graphql';
import { parse as parseYaml } from 'yaml';
import { policyDirectives } from '../shared/graphql/access-policy';
import { readTypeDefinitions } from '../shared/graphql/type-definitions';
import { packageRoot } from '../shared/package-root';

/** The part of `supergraph.yaml` that composition reads: the format of Apollo's Rover. */
interface SupergraphConfig {
  subgraphs: Record<string, { routing_url: string; schema: { file: string } }>;
}

interface Service {
  name: string;
  url: string;
  typeDefs: DocumentNode;
}

/** One supergraph schema, and what clients see of it. */
export interface Composition {
  supergraphSdl: string;
  apiSchema: GraphQLSchema;
}

export interface Supergraphs {
  /** Without access policies: `@apollo/gateway` refuses a supergraph that has them, and the subgraphs enforce them. */
  gateway: Composition;
  /** With them, for routers that read them. */
  router: Composition;
}

/** Composes the subgraphs that `supergraph.yaml` names. Throws with every composition error. */
export async function composeSupergraphs(): Promise<Supergraphs> {
  const text = await readFile(path.join(packageRoot, 'supergraph.yaml'), 'utf8');
  const config = parseYaml(text) as SupergraphConfig;
  const services = Object.entries(config.subgraphs).map(([name, subgraph]) => ({
    name,
    url: subgraph.routing_url,
    typeDefs: parse(readTypeDefinitions(path.dirname(path.join(packageRoot, subgraph.schema.file)))),
  }));
  return { gateway: compose(services.map(withoutPolicies)), router: compose(services) };
}

function compose(services: Service[]): Composition {
  const { supergraphSdl, schema, errors } = composeServices(services);
  if (errors)
    throw new Error(`The subgraphs do not compose:\n${errors.map((error) => error.message).join('\n')}`);
  return { supergraphSdl, apiSchema: schema.toAPISchema().toGraphQLJSSchema() };
}

function withoutPolicies(service: Service): Service {
  const typeDefs = visit(service.typeDefs, {
    Directive: ({ name }) => (policyDirectives.includes(name.value) ? null : undefined),
  });
  return { ...service, typeDefs };
}
