import { isDatabaseUnavailable, postgresErrorOf } from '../../../../shared/database/postgres-errors';
import { CodedError } from '../../../../shared/errors/coded-error';
import { failProcess } from '../../../../shared/run-process';
import { StartError } from '../../../../shared/start-error';
import { COMMAND, GateRefusal } from '../phases/gates';
import { LockNotAvailable } from '../schema/lock-holders';
import type { Subcommand } from './command-context';
import { type ExitCode, exitCodes } from './exit-codes';
import { createOutput, type Output } from './output';
import { reportRefusal } from './report-gates';
import { type SubcommandName, subcommands } from './subcommands';

const help = (summaries: string) => `Usage: npm run crm:tenancy -- COMMAND [options]

Takes CRM from slugs to UUIDs, tenant by tenant, while it is in use, and back again. docs/runbooks/crm-tenant-uuid.md has
the whole way.

${summaries}

Every command has --help, and these options:
  --json     prints one JSON object instead of lines
  --as NAME  who you are, for what is written down; the name of your login unless given
  --dry-run  where something would be changed: says what, with counts, and changes nothing

It works on CRM_DATABASE_URL or DATABASE_URL with an administrator's login or, without one, on the embedded PostgreSQL of
DATA_DIR, also while \`npm start\` runs.

Exit codes:
  0  done
  1  failed
  2  wrong usage, or no database at the address; nothing was done
  3  refused by a gate or by what is there, or something is left to do that only a person can decide
  4  paused or stopped before it was done
`;

async function crmTenancy(args: string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help(await summaries()));
    process.exitCode = name === undefined ? exitCodes.WRONG_USAGE : exitCodes.DONE;
    return;
  }
  process.exitCode = await run(name, rest).catch((error: unknown) =>
    reportError(createOutput(args.includes('--json')), error),
  );
}

async function run(name: string, args: string[]): Promise<ExitCode> {
  const subcommand = await named(name);
  if (!args.includes('--help') && !args.includes('-h')) return subcommand.run(args);
  process.stdout.write(subcommand.help);
  return exitCodes.DONE;
}

/** Says why the command could not do its work. Throws what has no words for people, unless it is a script that reads them. */
function reportError(output: Output, error: unknown): ExitCode {
  if (error instanceof GateRefusal) return reportRefusal(output, error.what, error.gates);
  if (isWrongUsage(error)) {
    if (!output.isJson) throw error;
    output.result({ outcome: 'WRONG_USAGE', message: error.message }, []);
    return exitCodes.WRONG_USAGE;
  }
  if (error instanceof CodedError) return reportRefusal(output, error.message, [], error.code);
  const { code, message } = failureOf(error);
  if (code === null && !output.isJson) throw error;
  output.result({ outcome: 'FAILED', code, message }, [message]);
  return exitCodes.FAILED;
}

/** What failed, for people; `code` is `null` where only a developer can tell. */
function failureOf(error: unknown): { code: string | null; message: string } {
  const postgres = postgresErrorOf(error);
  if (error instanceof LockNotAvailable) return { code: 'LOCK_NOT_AVAILABLE', message: error.message };
  if (postgres?.code === '23505') {
    const message = `Rows would be there twice: ${postgres.message}. Mend: ${COMMAND} quarantine --mend-duplicates`;
    return { code: 'DUPLICATES', message };
  }
  if (['42P01', '42703', '42883', '3F000'].includes(postgres?.code ?? '')) {
    const message = `The schema is not as it was when the command began (${postgres?.message}): another command moves it. See ${COMMAND} status`;
    return { code: 'TENANCY_STAGE_WRONG', message };
  }
  if (postgres?.code === '42501') {
    const message = `This login may not do it (${postgres.message}). Use one of an administrator; what was done before is kept.`;
    return { code: 'NOT_ALLOWED', message };
  }
  if (isDatabaseUnavailable(error)) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The database broke off (${reason}). Repeat the command when it answers; it goes on where it was.`;
    return { code: 'DATABASE_UNAVAILABLE', message };
  }
  return { code: null, message: error instanceof Error ? error.message : String(error) };
}

function named(name: string): Promise<Subcommand> {
  if (Object.hasOwn(subcommands, name)) return subcommands[name as SubcommandName]();
  throw new StartError(
    `There is no command "${name}". Choose one of ${Object.keys(subcommands).join(', ')}.`,
  );
}

async function summaries(): Promise<string> {
  const lines = Object.entries(subcommands).map(
    async ([name, load]) => `  ${name.padEnd(11)} ${(await load()).summary}`,
  );
  return (await Promise.all(lines)).join('\n');
}

crmTenancy(process.argv.slice(2)).catch((error: unknown) =>
  failProcess(error, isWrongUsage(error) ? exitCodes.WRONG_USAGE : exitCodes.FAILED),
);

function isWrongUsage(error: unknown): error is Error {
  if (error instanceof StartError) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
