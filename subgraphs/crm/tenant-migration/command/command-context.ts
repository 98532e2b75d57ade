import { userInfo } from 'node:os';
import type { ParseArgsConfig } from 'node:util';
import sql from 'sql-template-tag';
import { joinDatabases } from '../../../../shared/database/database-locations';
import type { DatabaseLocation } from '../../../../shared/database/roles';
import { readSettings } from '../../../../shared/settings';
import { StartError } from '../../../../shared/start-error';
import { isLockNotAvailable, LockNotAvailable, lockHolders } from '../schema/lock-holders';
import { LOCK_TIMEOUT_MS } from '../schema/move-stage';
import { type Owner, openOwner } from '../schema/owner';
import type { ExitCode } from './exit-codes';
import { createOutput, type Output } from './output';

/** What a subcommand works with. */
export interface CommandContext extends OperatorContext {
  owner: Owner;
  /** Milliseconds that a statement of the owner waits for a lock at most. */
  lockTimeoutMs: number;
}

interface OperatorContext {
  location: DatabaseLocation;
  output: Output;
  /** Who the operator is, for what is written down. */
  by: string;
  /** Aborted when the operator ends the command with Ctrl-C or SIGTERM, or closes its terminal or pipe. */
  signal: AbortSignal;
}

/** One thing that the command does. Without `run` options of its own it takes those of all. */
export interface Subcommand {
  /** Its line in the list of all. */
  summary: string;
  help: string;
  /** Throws `StartError` or an error of `parseArgs` for wrong options, before anything is opened. */
  run(args: string[]): Promise<ExitCode>;
}

export const commonOptions = {
  json: { type: 'boolean', default: false },
  as: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

export const dryRunOption = {
  'dry-run': { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** For commands that change tables. */
export const lockTimeoutOption = {
  'lock-timeout': { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** Milliseconds that a statement waits for a lock at most. Throws a `StartError` for what is no such number. */
export function lockTimeoutOf(values: { 'lock-timeout'?: string }): number {
  const lockTimeoutMs = Number(values['lock-timeout'] ?? LOCK_TIMEOUT_MS);
  if (!(lockTimeoutMs >= 10 && lockTimeoutMs <= 60_000)) {
    throw new StartError('--lock-timeout must be a number of milliseconds from 10 to 60000.');
  }
  return lockTimeoutMs;
}

/**
 * Opens CRM's database as its owner, beside a running graph or without, for as long as `work` takes. Throws `LockNotAvailable`
 * where that waited too long for a lock.
 */
export function withCrm(
  options: CommonValues & { lockTimeoutMs?: number },
  work: (context: CommandContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { lockTimeoutMs = LOCK_TIMEOUT_MS } = options;
  return withLocation(options, async (context) => {
    const owner = await openOwner(context.location, { lockTimeoutMs });
    try {
      await assertPrepared(owner);
      return await work({ ...context, owner, lockTimeoutMs });
    } catch (error) {
      if (!isLockNotAvailable(error)) throw error;
      throw new LockNotAvailable(await lockHolders(owner), error);
    } finally {
      await owner.close();
    }
  });
}

interface CommonValues {
  json: boolean;
  as?: string;
}

/** Finds CRM's database, and starts the embedded PostgreSQL where none runs; nobody is connected to it. */
export async function withLocation(
  { json, as }: CommonValues,
  work: (context: OperatorContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { databases, release } = await joinDatabases(readSettings(process.env), { mustExist: true });
  try {
    const by = as ?? operatorName();
    return await work({ location: databases.crm, output: createOutput(json), by, signal: interruption() });
  } finally {
    await release();
  }
}

async function assertPrepared(owner: Owner): Promise<void> {
  const found = await owner.row<{ table: string | null }>(
    sql`SELECT to_regclass('crm_tenancy.schema_stage')::text AS table`,
  );
  if (!found?.table) {
    throw new StartError(
      'The schema of crm lacks migrations. Run `npm run migrate -- --subgraph crm` first.',
    );
  }
}

function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    throw new StartError('The operating system has no name for you. Give one with --as NAME.');
  }
}

/** The first Ctrl-C lets the work end where it can go on; npm may send it twice. So does the end of whoever reads what it says. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, abort);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', abort);
  return controller.signal;
}
