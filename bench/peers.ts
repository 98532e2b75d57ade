import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { packageRoot } from '../shared/package-root';
import { StartError } from '../shared/start-error';

/** The packages of the other products and of the load's driver; this product installs none of them. */
export const peersDirectory = path.join(packageRoot, 'bench', 'peers');

const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Mercurius needs another version of `graphql` than the rest. */
const packages = [peersDirectory, path.join(peersDirectory, 'mercurius')];

/** Installs the packages that are missing. */
export async function installPeers(): Promise<void> {
  for (const directory of packages) {
    // npm writes this file last.
    if (existsSync(path.join(directory, 'node_modules', '.package-lock.json'))) continue;
    console.log(`Installing ${path.relative(process.cwd(), directory)}, once …`);
    await run('npm', ['ci', '--prefix', directory, ...QUIETLY]);
  }
}

/** Runs a script of the package to its end and answers what it printed. */
export function runPeer(script: string, args: string[], input = ''): Promise<string> {
  return run(process.execPath, [path.join(peersDirectory, script), ...args], input);
}

/** Which versions of what are compared. */
export async function peerVersions(): Promise<string[]> {
  const read = packages.map(async (directory) => {
    const text = await readFile(path.join(directory, 'package.json'), 'utf8');
    const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
    return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
  });
  return (await Promise.all(read)).flat();
}

function run(command: string, args: string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let problems = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      problems += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new StartError(`${path.basename(args[0] ?? command)} failed: ${problems}`));
    });
    child.stdin.end(input);
  });
}
