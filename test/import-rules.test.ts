import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../shared/package-root';

const run = promisify(execFile);
const FOLDERS = ['gateway', 'subgraphs', 'shared', 'migrations', 'seed', 'platform.ts', 'main.ts'];

/** The import rules' findings in a folder, or '' when there is none. */
async function findings(folder: string): Promise<string> {
  const config = path.join(packageRoot, '.dependency-cruiser.cjs');
  const depcruise = path.join(packageRoot, 'node_modules', '.bin', 'depcruise');
  return run(depcruise, ['--config', config, '--output-type', 'err', ...FOLDERS], { cwd: folder }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

test('the tree keeps the import rules', async () => {
  expect(await findings(packageRoot)).toBe('');
});

const FAULTS = [
  ['subgraphs/crm/fault.ts', '../teetime/subgraph', 'subgraphs-do-not-know-each-other'],
  ['shared/fault.ts', '../gateway/gateway', 'shared-imports-libraries-only'],
  ['gateway/fault.ts', '../subgraphs/scl/subgraph', 'gateway-imports-shared-only'],
  ['subgraphs/scl/fault.ts', '../../migrations/crm', 'subgraphs-import-themselves-and-shared'],
] as const;

test('each kind of import that is not allowed is found', async () => {
  const copy = await mkdtemp(path.join(tmpdir(), 'import-rules-'));
  try {
    for (const name of [...FOLDERS, 'tsconfig.json', 'package.json']) {
      await cp(path.join(packageRoot, name), path.join(copy, name), { recursive: true });
    }
    await symlink(path.join(packageRoot, 'node_modules'), path.join(copy, 'node_modules'));
    for (const [file, imported] of FAULTS) await writeFile(path.join(copy, file), `import '${imported}';\n`);
    const found = await findings(copy);
    for (const [file, , rule] of FAULTS) expect(found).toMatch(new RegExp(`${rule}: ${file}`));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});
