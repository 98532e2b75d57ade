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

test.each([
  ['subgraphs/crm/fault.ts', '../teetime/subgraph', 'subgraphs-do-not-know-each-other'],
  ['shared/fault.ts', '../gateway/gateway', 'shared-imports-libraries-only'],
  ['gateway/fault.ts', '../subgraphs/scl/subgraph', 'gateway-imports-shared-only'],
  ['subgraphs/crm/fault.ts', '../../migrations/scl', 'subgraphs-import-themselves-and-shared'],
])('%s that imports %s is found', async (file, imported, rule) => {
  const copy = await mkdtemp(path.join(tmpdir(), 'import-rules-'));
  try {
    for (const name of [...FOLDERS, 'tsconfig.json', 'package.json']) {
      await cp(path.join(packageRoot, name), path.join(copy, name), { recursive: true });
    }
    await symlink(path.join(packageRoot, 'node_modules'), path.join(copy, 'node_modules'));
    await writeFile(path.join(copy, file), `import '${imported}';\n`);
    expect(await findings(copy)).toContain(rule);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});
