import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import path from 'node:path';
import { StartError } from '../start-error';

/** PostgreSQL refuses to run as root, so root hands its processes to another account. */
export interface Account {
  uid: number;
  gid: number;
}

/** How to start one of PostgreSQL's programs: what `child_process` takes. */
export interface Invocation {
  command: string;
  args: string[];
  options: { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number };
}

const NOBODY = 65534;

/** The account to run PostgreSQL as: `postgres`, or `nobody` where there is none. `null` for everyone but root. */
export function accountForPostgres(): Account | null {
  if (userInfo().uid !== 0) return null;
  return { uid: numericId('-u') ?? NOBODY, gid: numericId('-g') ?? NOBODY };
}

function numericId(flag: '-u' | '-g'): number | null {
  const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : null;
}

/** Whether the account can enter the folder, which takes an open way through every folder above it. */
export function canEnter({ uid, gid }: Account, folder: string): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'test -x "$0"', folder], { uid, gid, cwd: '/' });
  return status === 0;
}

/**
 * The invocation of `program` as the account. Where a folder above `dataFolder` is closed to the account, the process
 * keeps the one capability of root's that opens it. Throws `StartError` where the machine has no tool for that.
 */
export function invocationAs(
  account: Account | null,
  { program, args, dataFolder }: { program: string; args: string[]; dataFolder: string },
): Invocation {
  const options = { cwd: '/', env: { ...process.env, LC_ALL: 'C' } };
  if (account === null) return { command: program, args, options };
  if (canEnter(account, path.dirname(dataFolder)))
    return { command: program, args, options: { ...options, ...account } };
  if (spawnSync('setpriv', ['--version']).status !== 0) {
    throw new StartError(
      `PostgreSQL cannot run as root, and no other account can enter ${path.dirname(dataFolder)}. ` +
        'Start as another user, set DATA_DIR to an open folder, or set DATABASE_URL to a server.',
    );
  }
  const setpriv = [
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
  return { command: 'setpriv', args: [...setpriv, program, ...args], options };
}
