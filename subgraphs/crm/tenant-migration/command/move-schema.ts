import { parseArgs } from 'node:util';
import sql from 'sql-template-tag';
import type { RecordedChange } from '../../../../shared/audit/record-change';
import { NO_TENANT } from '../../../../shared/tenancy/no-tenant';
import { COMMAND, isClosed } from '../phases/gates';
import { readTenants } from '../phases/read-tenants';
import { gatesBeforeStage } from '../phases/stage-gates';
import { grantDatabase } from '../schema/grant-database';
import { moveStage } from '../schema/move-stage';
import { readStage, type Stage, stages } from '../schema/stage';
import {
  type CommandContext,
  commonOptions,
  dryRunOption,
  lockTimeoutOf,
  lockTimeoutOption,
  type Subcommand,
  withCrm,
} from './command-context';
import { type ExitCode, exitCodes } from './exit-codes';
import { recordAs } from './on-record';
import { gateLines, reportRefusal } from './report-gates';

export const expand: Subcommand = {
  summary: 'gives the tables a tenant_uuid beside the slug',
  help: `Usage: npm run crm:tenancy -- expand [--anyway] [--lock-timeout MS] [--dry-run] [--json] [--as NAME]

LEGACY to EXPANDED: CRM gets its table of tenants, with digiwedge and yolo whatever it heard of them, and every table a
tenant_uuid that may be empty. A trigger fills whichever of slug and UUID a writer leaves out, until the
tenant's CUTOVER: from then on a writer has to send the UUID. CRM is in use meanwhile: no lock is waited for longer than half
a second.

  --anyway           also where CRM has heard of no tenant yet; its rows then stay without a UUID until it has
  --lock-timeout MS  milliseconds to wait for a lock before it gives up, lets requests pass and tries again
  --dry-run          says what stands in the way; changes nothing
`,
  async run(args) {
    const options = {
      ...commonOptions,
      ...dryRunOption,
      ...lockTimeoutOption,
      anyway: { type: 'boolean', default: false },
    } as const;
    const { values } = parseArgs({ args, options });
    const lockTimeoutMs = lockTimeoutOf(values);
    return withCrm({ ...values, lockTimeoutMs }, (context) =>
      alone(context, async () => {
        const isLegacy = (await readStage(context.owner)) === 'LEGACY';
        if (isLegacy && !values.anyway && (await readTenants(context.owner, { limit: 1 })).length === 0) {
          const what =
            'CRM has heard of no tenant yet. Start it beside Access Control for a minute, or repeat with --anyway.';
          return reportRefusal(context.output, what, []);
        }
        return moveForward(context, { to: 'EXPANDED', isDryRun: values['dry-run'] });
      }),
    );
  },
};

export const enforce: Subcommand = stageCommand('ENFORCED', {
  summary: 'demands of every row that it has its UUID',
  help: `Usage: npm run crm:tenancy -- enforce [--lock-timeout MS] [--dry-run] [--json] [--as NAME]

EXPANDED to ENFORCED: every row must have its tenant's UUID and slug, and what is unique within a tenant becomes so by UUID.
Needs every tenant at CUTOVER or later, and nothing left over: no rows without a UUID, no orphans, no duplicates, nothing in
quarantine.

  --lock-timeout MS  milliseconds to wait for a lock before it gives up, lets requests pass and tries again
  --dry-run          says what stands in the way; changes nothing
`,
});

export const contract: Subcommand = stageCommand('CONTRACTED', {
  summary: 'makes tenant_id the UUID, and takes what goes by slugs away',
  help: `Usage: npm run crm:tenancy -- contract [--lock-timeout MS] [--dry-run] [--json] [--as NAME]

ENFORCED to CONTRACTED: tenant_id becomes tenant_slug, tenant_uuid becomes tenant_id, and keys by slug go. Needs every tenant
COMPLETE.

  --lock-timeout MS  milliseconds to wait for a lock before it gives up, lets requests pass and tries again
  --dry-run          says what stands in the way; changes nothing
`,
});

function stageCommand(to: Stage, texts: Pick<Subcommand, 'summary' | 'help'>): Subcommand {
  return {
    ...texts,
    async run(args) {
      const options = { ...commonOptions, ...dryRunOption, ...lockTimeoutOption };
      const { values } = parseArgs({ args, options });
      const lockTimeoutMs = lockTimeoutOf(values);
      return withCrm({ ...values, lockTimeoutMs }, (context) =>
        alone(context, () => moveForward(context, { to, isDryRun: values['dry-run'] })),
      );
    },
  };
}

/** Keeps others from moving the schema meanwhile: they would meet tables that the stage they read does not have. */
export async function alone(
  { owner, output }: CommandContext,
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  const done = await owner.exclusively('schema_stage', work);
  return done ?? reportRefusal(output, 'another command moves the schema at this moment; see status', []);
}

/** A command that goes forward never goes back, which is another one. */
async function moveForward(
  context: CommandContext,
  { to, isDryRun }: { to: Stage; isDryRun: boolean },
): Promise<ExitCode> {
  const from = await readStage(context.owner);
  if (stages.indexOf(from) <= stages.indexOf(to)) return moveSchema(context, { from, to, isDryRun });
  const what = `the schema is at ${from}, beyond ${to}. Back: ${COMMAND} back --stage ${to}`;
  return reportRefusal(context.output, what, []);
}

/** Moves the schema, and says where it is when the operator ended that before it was there. Answers whether it is there. */
export async function moveUnlessStopped(
  { owner, output, by, lockTimeoutMs, signal }: CommandContext,
  to: Stage,
  report: (line: string) => void,
): Promise<boolean> {
  // The way back creates a schema, also in a copy of a database that no server has been started on.
  if (to !== 'CONTRACTED' && (await readStage(owner)) === 'CONTRACTED') await grantDatabase(owner);
  try {
    await moveStage(owner, to, {
      reporter: { report },
      by,
      lockTimeoutMs,
      signal,
      onStage: (tx, moved) => recordAs(by, tx, recordOfStage(moved)),
    });
    return true;
  } catch (error) {
    if (!(signal.aborted && error instanceof Error && error.name === 'AbortError')) throw error;
    const stage = await readStage(owner);
    output.result({ outcome: 'STOPPED', stage, to }, [
      `Stopped on the way to ${to}; the schema is at ${stage}. Repeat the command to go on. To go back: ${COMMAND} back --stage ${stage}`,
    ]);
    return false;
  }
}

function recordOfStage({ from, to }: { from: Stage; to: Stage }): RecordedChange {
  return {
    action: 'moveCrmSchema',
    tenantKey: NO_TENANT,
    recordType: 'CrmSchema',
    recordId: 'crm',
    before: { stage: from },
    after: { stage: to },
  };
}

/** Moves the schema to the stage if its gates let it, and says each step. `from` is where the command met it. */
export async function moveSchema(
  context: CommandContext,
  { from, to, isDryRun }: { from: Stage; to: Stage; isDryRun: boolean },
): Promise<ExitCode> {
  const { owner, output } = context;
  if (from === to) {
    if (!isDryRun && !(await moveUnlessStopped(context, to, output.say))) return exitCodes.STOPPED;
    output.result({ outcome: 'DONE', from, to, isChanged: false }, [`The schema is at ${to} already.`]);
    return exitCodes.DONE;
  }
  const gates = await gatesBeforeStage(owner, to);
  if (gates.some(isClosed)) return reportRefusal(output, `the schema cannot go from ${from} to ${to}`, gates);
  if (isDryRun) {
    output.result({ outcome: 'DRY_RUN', from, to, gates }, [
      `The schema would go from ${from} to ${to}.`,
      ...gateLines(gates),
    ]);
    return exitCodes.DONE;
  }
  const startedAt = Date.now();
  const retries: string[] = [];
  const report = (line: string) => {
    if (line.includes('trying again')) retries.push(line);
    output.say(line);
  };
  if (!(await moveUnlessStopped(context, to, report))) return exitCodes.STOPPED;
  await owner.rows(sql`ANALYZE (SKIP_LOCKED)`);
  const seconds = (Date.now() - startedAt) / 1_000;
  output.result({ outcome: 'DONE', from, to, isChanged: true, seconds, retries }, [
    `The schema went from ${from} to ${to} in ${seconds.toFixed(1)} s; ${retries.length} waits for locks were given up.`,
  ]);
  return exitCodes.DONE;
}
