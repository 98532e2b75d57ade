import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packageRoot } from '../shared/package-root';
import { composeSupergraphs } from './compose-supergraph';
import { publishedSchema } from './published-schema';
import { findSchemaChanges, type SchemaChanges } from './schema-changes';

/** The schema that callers of the last release rely on; checked in. */
export const releaseFile = 'released.graphql';

/** What the sources change against the last release. Throws when there is none. */
export async function changesSinceRelease(): Promise<SchemaChanges> {
  const file = path.join(packageRoot, releaseFile);
  if (!existsSync(file)) throw new Error(`There is no ${releaseFile}. "npm run schema:release" writes it.`);
  return findSchemaChanges(await readFile(file, 'utf8'), await currentSchema());
}

/** Makes the schema of the sources the one that later changes are held against. */
export async function writeRelease(): Promise<void> {
  await writeFile(path.join(packageRoot, releaseFile), await currentSchema());
}

async function currentSchema(): Promise<string> {
  return publishedSchema((await composeSupergraphs()).router);
}
