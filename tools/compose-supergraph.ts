import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { parse as parseYaml } from 'yaml';
import { readTypeDefinitions } from '../shared/graphql/type-definitions';
import { packageRoot } from '../shared/package-root';

/** The part of `supergraph.yaml` that composition reads: the format of Apollo's Rover. */
interface SupergraphConfig {
  subgraphs: Record<string, { routing_url: string; schema: { file: string } }>;
}

/**
 * Composes the subgraphs that `supergraph.yaml` names into one supergraph schema. Throws with every composition error.
 */
export async function composeSupergraph(): Promise<string> {
  const text = await readFile(path.join(packageRoot, 'supergraph.yaml'), 'utf8');
  const config = parseYaml(text) as SupergraphConfig;
  const services = Object.entries(config.subgraphs).map(([name, subgraph]) => ({
    name,
    url: subgraph.routing_url,
    typeDefs: parse(readTypeDefinitions(path.dirname(path.join(packageRoot, subgraph.schema.file)))),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (errors)
    throw new Error(`The subgraphs do not compose:\n${errors.map((error) => error.message).join('\n')}`);
  return supergraphSdl;
}
