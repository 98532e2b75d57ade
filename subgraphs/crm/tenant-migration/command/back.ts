import { parseArgs } from 'node:util';
import { StartError } from '../../../../shared/start-error';
import { isClosed } from '../phases/gates';
import { assertReached, assertSlugsAreThere, takeTenantBack } from '../phases/move-tenant';
import { isBefore, type TenantPhase } from '../phases/phase';
import { type MigratedTenant, readTenants } from '../phases/read-tenants';
import { gatesBeforeStage } from '../phases/stage-gates';
import { recordOfRows } from '../quarantine/change-records';
import { putOriginalsBack } from '../quarantine/original-values';
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
import { alone, moveSchema, moveUnlessStopped } from './move-schema';
import { namedPhase, namedTenant } from './named-tenant';
import { moveOnRecord, recordAs } from './on-record';
import { repeatChange } from './repeat-change';

/** The way back, of tenants and of the schema. What was written since stays. */
export const back: Subcommand = {
  summary: 'takes tenants to an earlier phase, or the schema to an earlier stage',
  help: `Usage: npm run crm:tenancy -- back --tenant NAME --to PHASE [--dry-run] [--json] [--as NAME]
       npm run crm:tenancy -- back --all --to PHASE [--dry-run] [--json] [--as NAME]
       npm run crm:tenancy -- back --stage STAGE [--lock-timeout MS] [--dry-run] [--json] [--as NAME]

A tenant goes back at once, whatever is counted of it. The schema goes back stage by stage while CRM is in use, and keeps what
was written since. To LEGACY it goes when every tenant has; slugs and keys that the move wrote over come back first.

  --tenant NAME  one tenant by slug or UUID
  --all          every tenant that is beyond the phase
  --to PHASE     LEGACY, DUAL_WRITE or CUTOVER
  --stage STAGE  LEGACY, EXPANDED or ENFORCED
  --lock-timeout MS  with --stage: milliseconds to wait for a lock before it lets requests pass and tries again
  --dry-run      says what would go back; changes nothing
`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        ...commonOptions,
        ...dryRunOption,
        ...lockTimeoutOption,
        tenant: { type: 'string' },
        all: { type: 'boolean', default: false },
        to: { type: 'string' },
        stage: { type: 'string' },
      },
    });
    const { tenant, all, stage } = values;
    if ([tenant !== undefined, all, stage !== undefined].filter(Boolean).length !== 1) {
      throw new StartError('Say what: one of --tenant NAME, --all and --stage STAGE.');
    }
    if ((stage === undefined) === (values.to === undefined)) {
      throw new StartError('Say where: --to PHASE for tenants; the schema goes to --stage STAGE.');
    }
    const isDryRun = values['dry-run'];
    if (stage !== undefined) {
      const to = namedStage(stage);
      const lockTimeoutMs = lockTimeoutOf(values);
      return withCrm({ ...values, lockTimeoutMs }, async (context) => {
        if (stages.indexOf(to) > stages.indexOf(await readStage(context.owner))) {
          throw new StartError(`The schema is before ${to}; going forward is another command. See plan.`);
        }
        return alone(context, () => takeSchemaBack(context, { to, isDryRun }));
      });
    }
    const to = namedPhase(values.to ?? '');
    return withCrm(values, async (context) => {
      const tenants = all
        ? (await readTenants(context.owner)).filter(({ phase }) => isBefore(to, phase))
        : [await namedTenant(context.owner, tenant ?? '')];
      return takeBack(context, tenants, { to, isDryRun });
    });
  },
};

/** Before rows have slugs alone again, they get those that they had. */
async function takeSchemaBack(
  context: CommandContext,
  { to, isDryRun }: { to: Stage; isDryRun: boolean },
): Promise<ExitCode> {
  const { owner, output, by, signal } = context;
  const from = await readStage(owner);
  const gates = await gatesBeforeStage(owner, to);
  if (to === 'LEGACY' && from !== to && !isDryRun && !gates.some(isClosed)) {
    if (!(await moveUnlessStopped(context, 'EXPANDED', output.say))) return exitCodes.STOPPED;
    const { tables, rowsLeft } = await repeatChange(owner, { signal }, async (tx) => {
      const part = await putOriginalsBack(tx);
      const changed = { tables: part.tables };
      if (part.tables.length > 0) await recordAs(by, tx, recordOfRows('putCrmOriginalsBack', changed));
      return part;
    });
    for (const { table, rows } of tables) output.say(`${table}: ${rows} values are what they were`);
    if (rowsLeft > 0) {
      output.say(
        `${rowsLeft} values stay as they are: changed since, of retired rows, or taken by another row`,
      );
    }
  }
  return moveSchema(context, { from, to, isDryRun });
}

async function takeBack(
  { owner, output, by, signal }: CommandContext,
  tenants: readonly MigratedTenant[],
  { to, isDryRun }: { to: TenantPhase; isDryRun: boolean },
): Promise<ExitCode> {
  const moves: { slug: string; from: TenantPhase; to: TenantPhase; isChanged: boolean }[] = [];
  for (const { tenantId, slug, phase } of tenants) {
    if (signal.aborted) break;
    if (isDryRun) assertReached({ slug, phase }, to);
    if (isDryRun && phase !== to) await assertSlugsAreThere(owner, { slug, to });
    const move = isDryRun
      ? { slug, from: phase, to, isChanged: false }
      : await moveOnRecord(owner, { action: 'takeCrmTenantBack', by }, (tx) =>
          takeTenantBack(tx, { tenantId, to, by }),
        );
    moves.push({ slug: move.slug, from: move.from, to: move.to, isChanged: move.isChanged });
    output.progress({ done: moves.length, total: tenants.length, text: slug });
  }
  const verb = isDryRun ? 'would go back' : 'went back';
  const lines = moves.map(({ slug, from, isChanged }) =>
    isChanged || (isDryRun && from !== to)
      ? `${slug}: ${verb} from ${from} to ${to}`
      : `${slug}: is at ${to} already`,
  );
  const isStopped = moves.length < tenants.length;
  output.result(
    { outcome: isDryRun ? 'DRY_RUN' : 'DONE', isStopped, tenants: moves },
    lines.length > 0 ? lines : [`No tenant is beyond ${to}.`],
  );
  return isStopped ? exitCodes.STOPPED : exitCodes.DONE;
}

function namedStage(text: string): Stage {
  const stage = stages.find((known) => known === text.toUpperCase());
  if (!stage) throw new StartError(`There is no stage "${text}". Choose one of ${stages.join(', ')}.`);
  return stage;
}
