import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ConstDirectiveNode, type DocumentNode, Kind, parse } from 'graphql';
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

/**
 * The address of each subgraph as composition wrote it: `join__Graph`'s `CRM @join__graph(name: "crm", url: "…")`. Throws
 * `StartError` for a text that is no schema.
 */
export function routingUrls(supergraphSdl: string): Map<string, string> {
  return new Map(
    graphsOf(documentOf(supergraphSdl)).map(({ routing }) => [
      textOf(routing, 'name'),
      textOf(routing, 'url'),
    ]),
  );
}

/** The names of the subgraphs that have the scalar, by its `@join__type(graph: CRM)`. */
export function subgraphsOfScalar(supergraphSdl: string, scalar: string): string[] {
  const document = documentOf(supergraphSdl);
  const joined = document.definitions
    .filter((definition) => definition.kind === Kind.SCALAR_TYPE_DEFINITION)
    .filter(({ name }) => name.value === scalar)
    .flatMap(({ directives = [] }) => directives.filter(({ name }) => name.value === 'join__type'))
    .map((join) => textOf(join, 'graph'));
  return graphsOf(document)
    .filter(({ name }) => joined.includes(name))
    .map(({ routing }) => textOf(routing, 'name'));
}

/** The values of `join__Graph`, each with its `@join__graph`. */
function graphsOf({ definitions }: DocumentNode): { name: string; routing: ConstDirectiveNode }[] {
  return definitions
    .filter((definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION)
    .filter(({ name }) => name.value === 'join__Graph')
    .flatMap(({ values = [] }) => values)
    .flatMap(({ name, directives = [] }) =>
      directives
        .filter((directive) => directive.name.value === 'join__graph')
        .map((routing) => ({ name: name.value, routing })),
    );
}

function documentOf(supergraphSdl: string): DocumentNode {
  try {
    return parse(supergraphSdl, { noLocation: true });
  } catch (error) {
    throw new StartError(`The supergraph is no GraphQL schema: ${(error as Error).message}`, error);
  }
}

function textOf({ arguments: given = [] }: ConstDirectiveNode, name: string): string {
  const value = given.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : '';
}
