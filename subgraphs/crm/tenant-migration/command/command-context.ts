import { userInfo } from 'node:os';
import type { ParseArgsConfig } from 'node:util';
import sql from 'sql-template-tag';
import { joinDatabases } from '../../../../shared/database/database-locations';
import type { DatabaseLocation } from '../../../../shared/database/roles';
import { readSettings } from '../../../../shared/settings';
import { StartError } from '../../../../shared/start-error';
import { LOCK_TIMEOUT_MS } from '../schema/move-stage';
import { type Owner, openOwner } from '../schema/owner';
import type { ExitCode } from './exit-codes';
import { createOutput, type Output } from './output';

/** What a subcommand works with. */
export interface CommandContext extends OperatorContext {
  owner: Owner;
}

interface OperatorContext {
  location: DatabaseLocation;
  output: Output;
  /** Who the operator is, for what is written down. */
  by: string;
  /** Aborted when the operator ends the command with Ctrl-C or SIGTERM. */
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

/** Opens CRM's database as its owner, beside a running graph or without, for as long as `work` takes. */
export function withCrm(
  options: CommonValues,
  work: (context: CommandContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withLocation(options, async (context) => {
    const owner = await openOwner(context.location, { lockTimeoutMs: LOCK_TIMEOUT_MS });
    try {
      await assertPrepared(owner);
      return await work({ ...context, owner });
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
  const { databases, release } = await joinDatabases(readSettings(process.env));
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

/** The first Ctrl-C lets the work end where it can go on; npm may send it twice. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}
