import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder that holds `package.json`, whether this runs from the sources or from `dist/`. */
export const packageRoot = findUpwards(__dirname);

function findUpwards(folder: string): string {
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error(`No package.json above ${__dirname}`);
  return findUpwards(parent);
}
