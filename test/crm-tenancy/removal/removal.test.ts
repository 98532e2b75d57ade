import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../shared/package-root';
import { removed, wiring } from './wiring';

const run = promisify(execFile);

/** A copy of the sources without the move from slugs to UUIDs. */
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'without-migration-'));
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: packageRoot,
    maxBuffer: 10_000_000,
  });
  const isRemoved = (file: string) => removed.some((name) => file === name || file.startsWith(`${name}/`));
  for (const file of stdout.split('\n').filter((name) => name !== '' && !isRemoved(name))) {
    await cp(path.join(packageRoot, file), path.join(root, file));
  }
  await symlink(path.join(packageRoot, 'node_modules'), path.join(root, 'node_modules'));
}, 60_000);
afterAll(() => rm(root, { recursive: true }));

const tool = (name: string, ...args: string[]) =>
  run(path.join(root, 'node_modules', '.bin', name), args, { cwd: root, maxBuffer: 50_000_000 }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
  );

test('each line by which the rest knows of the move is where it is looked for', async () => {
  const missing: string[] = [];
  for (const [file, edits] of Object.entries(wiring)) {
    let text = await readFile(path.join(root, file), 'utf8');
    for (const [before, after] of edits) {
      const edited = text.replace(before, () => after);
      if (edited === text) missing.push(`${file}: ${before}`);
      text = edited;
    }
    await writeFile(path.join(root, file), text);
  }
  expect(missing).toEqual([]);
});

test('nothing else names it', async () => {
  const names =
    'tenant-migration|crm_tenancy|crm_live|crm:tenancy|migrationMutations|legacyNames|pendingLeads';
  const found = await run(
    'grep',
    [
      '-rnE',
      names,
      'subgraphs',
      'gateway',
      'shared',
      'seed',
      'test',
      'migrations',
      'package.json',
      'knip.json',
      '--include=*.ts',
      '--exclude=*.generated.ts',
      '--include=schema.graphql',
      '--include=*.json',
    ],
    {
      cwd: root,
    },
  ).then(
    ({ stdout }) => stdout,
    () => '',
  );
  expect(found).toBe('');
});

test('what is left compiles, generates its files, and passes the tests of CRM’s leads', async () => {
  const build = [
    'main.ts',
    'platform.ts',
    'gateway',
    'subgraphs',
    'shared',
    'migrations',
    'seed',
    'operations',
    'tools',
  ];
  expect(await tool('swc', ...build, '--out-dir', 'dist', '--copy-files', '--quiet')).toBe('');
  await run(process.execPath, ['dist/tools/generate-cli.js'], { cwd: root });
  expect(await readFile(path.join(root, 'supergraph.graphql'), 'utf8')).not.toContain('CrmTenancy');
  expect(await tool('tsc', '--noEmit')).toBe('');
  expect(await tool('knip')).toBe('');
  expect(await tool('jest', 'test/crm/leads.test.ts', '--silent')).toBe('');
}, 600_000);
