import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { packageRoot } from '../shared/package-root';
import { StartError } from '../shared/start-error';

/**
 * The supergraph schema in `file`, or the checked-in one. Composition is not part of a start, so a start depends on no
 * subgraph. Throws `StartError` for a file that cannot be read.
 */
export async function readSupergraph(file = path.join(packageRoot, 'supergraph.graphql')): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new StartError(`The supergraph cannot be read: ${(error as Error).message}`, error);
  }
}

/** The address of each subgraph as composition wrote it: `join__Graph`'s `CRM @join__graph(name: "crm", url: "…")`. */
export function routingUrls(supergraphSdl: string): Map<string, string> {
  const declarations = supergraphSdl.matchAll(/@join__graph\(name: "([^"]+)", url: "([^"]*)"\)/g);
  return new Map([...declarations].map(([, name = '', url = '']) => [name, url]));
}
