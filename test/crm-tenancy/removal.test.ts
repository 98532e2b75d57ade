import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../shared/package-root';

const run = promisify(execFile);
const FOLDER = 'subgraphs/crm/tenant-migration';

/** A copy of the sources without the move from slugs to UUIDs, as `remove.sh` leaves it before files are generated anew. */
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'without-migration-'));
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await run('git', listed, { cwd: packageRoot, maxBuffer: 10_000_000 });
  const removed = await removedFiles();
  const isRemoved = (file: string) => removed.some((name) => file === name || file.startsWith(`${name}/`));
  for (const file of stdout.split('\n').filter((name) => name !== '' && !isRemoved(name))) {
    await cp(path.join(packageRoot, file), path.join(root, file));
  }
  await symlink(path.join(packageRoot, 'node_modules'), path.join(root, 'node_modules'));
}, 60_000);
afterAll(() => rm(root, { recursive: true }));

async function removedFiles(): Promise<string[]> {
  const script = await readFile(path.join(packageRoot, FOLDER, 'remove.sh'), 'utf8');
  const names = /^git rm .*--ignore-unmatch (.*)$/m.exec(script)?.[1];
  if (names === undefined) throw new Error('remove.sh removes nothing');
  return names.split(' ');
}

/** What the command says when it fails; nothing when it does not. */
const complaintsOf = (command: string, args: string[]) =>
  run(command, args, { cwd: root, maxBuffer: 50_000_000 }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
  );

test('the patch takes back each line by which the rest knows of the move, and what is left compiles', async () => {
  const patch = path.join(packageRoot, FOLDER, 'wiring.patch');
  expect(await complaintsOf('git', ['apply', patch])).toBe('');
  expect(await complaintsOf(path.join(root, 'node_modules', '.bin', 'tsc'), ['--noEmit'])).toBe('');

  const names =
    'tenant-migration|crm_tenancy|crm_live|crm:tenancy|migrationMutations|legacyNames|pendingLeads|PENDING_LEADS|TENANCY_';
  const places = [
    'subgraphs',
    'gateway',
    'shared',
    'seed',
    'test',
    'migrations',
    'package.json',
    'knip.json',
  ];
  const kinds = [
    '--include=*.ts',
    '--include=schema.graphql',
    '--include=*.json',
    '--exclude=*.generated.ts',
  ];
  const { stdout } = await run('grep', ['-rnE', names, ...places, ...kinds], { cwd: root }).catch(
    (error: { code: number }) => {
      // Exit code 1 says that nothing was found.
      if (error.code !== 1) throw error;
      return { stdout: '' };
    },
  );
  expect(stdout).toBe('');
}, 180_000);
