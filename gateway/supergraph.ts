import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { packageRoot } from '../shared/package-root';

/** The checked-in supergraph schema. Composition is not part of a start, so a start depends on no subgraph. */
export function readSupergraph(): Promise<string> {
  return readFile(path.join(packageRoot, 'supergraph.graphql'), 'utf8');
}

/** The address of each subgraph as composition wrote it: `join__Graph`'s `CRM @join__graph(name: "crm", url: "…")`. */
export function routingUrls(supergraphSdl: string): Map<string, string> {
  const declarations = supergraphSdl.matchAll(/@join__graph\(name: "([^"]+)", url: "([^"]*)"\)/g);
  return new Map([...declarations].map(([, name = '', url = '']) => [name, url]));
}
