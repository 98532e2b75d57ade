import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readBackfillProgress, type TableProgress } from '../backfill/progress';
import { runBackfill } from '../backfill/run-backfill';
import { countRows, countsByTable } from '../phases/count-rows';
import { COMMAND } from '../phases/gates';
import { assertStage } from '../quarantine/assert-stage';
import {
  type CommandContext,
  commonOptions,
  dryRunOption,
  type Subcommand,
  withCrm,
} from './command-context';
import { type ExitCode, exitCodes } from './exit-codes';
import { columns, type Progress } from './output';

const SHOW_EVERY_MS = 500;

/** Gives every row its tenant's UUID (A20). */
export const backfill: Subcommand = {
  summary: "gives every row its tenant's UUID",
  help: `Usage: npm run crm:tenancy -- backfill [--dry-run] [--json] [--as NAME]

Goes through the tables, several at once, and writes the UUID of each row's tenant, while CRM reads and writes. Batches take a
fifth of a second; they hold while replicas, locks or requests suffer (see knobs), and wait while it is paused (see resume).
It goes on where it ended, however that was. Rows of slugs that no tenant has go on the quarantine list. Ctrl-C ends it after
the running batches, with 4.

  --dry-run  says how many rows have no UUID yet; changes nothing
`,
  async run(args) {
    const { values } = parseArgs({ args, options: { ...commonOptions, ...dryRunOption } });
    return withCrm(values, (context) => (values['dry-run'] ? tellLeft(context) : fill(context)));
  },
};

async function tellLeft({ owner, output }: CommandContext): Promise<ExitCode> {
  await assertStage(owner, 'EXPANDED');
  const tables = countsByTable(await countRows(owner));
  output.result(
    { outcome: 'DRY_RUN', tables },
    columns(
      ['table', 'rows', 'without UUID'],
      tables.map(({ table, rows, withoutUuid }) => [table, rows, withoutUuid]),
    ),
  );
  return exitCodes.DONE;
}

async function fill({ owner, output, signal }: CommandContext): Promise<ExitCode> {
  const startedAt = Date.now();
  const ended = new AbortController();
  const showing = show();
  async function show(): Promise<void> {
    while (!ended.signal.aborted) {
      // While the database is away, the run says so, and goes on when it is back.
      const tables = await readBackfillProgress(owner).catch(() => null);
      if (tables) output.progress(asProgress(tables));
      await sleep(SHOW_EVERY_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  }
  const end = await runBackfill(owner, { report: output.say, signal }).finally(async () => {
    ended.abort();
    await showing;
  });
  const tables = await readBackfillProgress(owner);
  const seconds = (Date.now() - startedAt) / 1_000;
  const outcome = { DONE: 'DONE', STOPPED: 'FAILED', INTERRUPTED: 'STOPPED' }[end] as
    | 'DONE'
    | 'FAILED'
    | 'STOPPED';
  output.result({ outcome, seconds, tables }, [
    ...columns(
      ['table', 'rows', 'done', 'failed', 'state', ''],
      tables.map(({ table, rowsTotal, rowsDone, rowsFailed, state, holdReason }) => [
        table,
        rowsTotal,
        rowsDone,
        rowsFailed,
        state ?? '',
        holdReason ?? '',
      ]),
    ),
    endText(outcome, seconds),
  ]);
  return exitCodes[outcome];
}

function endText(outcome: 'DONE' | 'FAILED' | 'STOPPED', seconds: number): string {
  const after = `after ${seconds.toFixed(1)} s`;
  if (outcome === 'DONE') return `Done ${after}. Rows of nobody are on the quarantine list: see quarantine.`;
  if (outcome === 'STOPPED') return `Ended ${after}. Repeat the command to go on.`;
  return `Stopped ${after}: too many rows of a table failed. See quarantine for the reasons.`;
}

/** One line for all tables: the rate, the time that is left with its spread, and what is waited for. */
function asProgress(tables: readonly TableProgress[]): Progress {
  const done = tables.reduce((sum, { rowsDone }) => sum + rowsDone, 0);
  const total = tables.reduce((sum, { rowsTotal }) => sum + rowsTotal, 0);
  const working = tables.filter(({ state }) => state === 'RUNNING');
  const rate = working.reduce((sum, { rowsPerSecond }) => sum + (rowsPerSecond ?? 0), 0);
  const slowest = working
    .flatMap(({ eta }) => (eta ? [eta] : []))
    .toSorted((a, b) => b.seconds - a.seconds)[0];
  const eta = slowest ? `, ${slowest.seconds} s left (${slowest.lowSeconds} to ${slowest.highSeconds})` : '';
  const batches = working.map(({ table, batchSize }) => `${table} by ${batchSize ?? '?'}`).join(', ');
  const paused = tables.find(({ state }) => state === 'PAUSED')?.holdReason;
  const held = paused
    ? `${paused}; ${COMMAND} resume has it go on`
    : tables.find(({ state }) => state === 'HELD')?.holdReason;
  return {
    done,
    total,
    text: `${Math.round(rate)} rows/s${eta}  ${batches}${held ? `  waits: ${held}` : ''}`,
  };
}
