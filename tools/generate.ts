import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readTypeDefinitions } from '../shared/graphql/type-definitions';
import { packageRoot } from '../shared/package-root';
import { subgraphNames } from '../shared/subgraph/names';
import { composeSupergraphs } from './compose-supergraph';
import { errorDocumentation } from './error-documentation';
import { eventDocumentation } from './event-documentation';
import { generateTypes } from './generate-types';
import { withRoleTable } from './role-table';

/** A file that is derived from the sources and checked in. */
export interface GeneratedFile {
  /** Relative to the package's root. */
  path: string;
  content: string;
}

/** Every generated file as it should be now. Throws with the composition's errors where the subgraphs do not fit. */
export async function generateFiles(): Promise<GeneratedFile[]> {
  const perSubgraph = await Promise.all(
    subgraphNames.map(async (name) => {
      const folder = path.join('subgraphs', name);
      const sdl = readTypeDefinitions(path.join(packageRoot, folder));
      return [
        { path: path.join(folder, 'subgraph.graphql'), content: `${sdl}\n` },
        { path: path.join(folder, 'graphql.generated.ts'), content: await generateTypes(sdl) },
      ];
    }),
  );
  const { gateway, router } = await composeSupergraphs();
  const security = path.join('docs', 'SECURITY.md');
  return [
    ...perSubgraph.flat(),
    { path: 'supergraph.graphql', content: gateway.supergraphSdl },
    { path: 'supergraph.router.graphql', content: router.supergraphSdl },
    { path: path.join('docs', 'ERRORS.md'), content: errorDocumentation() },
    { path: path.join('docs', 'EVENTS.md'), content: eventDocumentation() },
    { path: security, content: withRoleTable(await readFile(path.join(packageRoot, security), 'utf8')) },
  ];
}

/** The generated files whose checked-in text is not what the sources say. */
export async function staleFiles(files: GeneratedFile[]): Promise<string[]> {
  const stale = await Promise.all(
    files.map(async (file) => {
      const target = path.join(packageRoot, file.path);
      const current = existsSync(target) ? await readFile(target, 'utf8') : null;
      return current === file.content ? [] : [file.path];
    }),
  );
  return stale.flat();
}

export async function writeFiles(files: GeneratedFile[]): Promise<void> {
  await Promise.all(files.map((file) => writeFile(path.join(packageRoot, file.path), file.content)));
}
