import { parseArgs } from 'node:util';
import { StartError } from '../../../../shared/start-error';
import { restFor } from '../backfill/rest';
import { countRows } from '../phases/count-rows';
import { type Gate, GateRefusal, isClosed } from '../phases/gates';
import { gatesBefore } from '../phases/gates-before';
import { advanceTenant, assertNotBeyond, isPassed } from '../phases/move-tenant';
import { isBefore, type TenantPhase, tenantPhases } from '../phases/phase';
import { type MigratedTenant, readTenants } from '../phases/read-tenants';
import type { Owner } from '../schema/owner';
import {
  type CommandContext,
  commonOptions,
  dryRunOption,
  type Subcommand,
  withCrm,
} from './command-context';
import { type ExitCode, exitCodes } from './exit-codes';
import { namedPhase, namedTenant } from './named-tenant';
import { moveOnRecord } from './on-record';
import { gateLines } from './report-gates';

/** Takes tenants forward, each by itself and each proved. */
export const advance: Subcommand = {
  summary: 'takes a tenant, the smallest one, or all of them to a later phase',
  help: `Usage: npm run crm:tenancy -- advance --tenant NAME [--to PHASE] [--override WHY] [--dry-run] [--json] [--as NAME]
       npm run crm:tenancy -- advance --canary --to PHASE | --all --to PHASE [--override WHY] [--dry-run] [--json] [--as NAME]

LEGACY, DUAL_WRITE, CUTOVER, COMPLETE: a tenant goes forward when what must be zero is zero, which is counted and kept. It
takes effect at once for every process of CRM. A tenant that is there already stays as it is.

  --tenant NAME   one tenant by slug or UUID
  --canary        the tenant with the fewest rows of those that are not there yet
  --all           every tenant that is not there yet; one that is refused does not keep the others
  --to PHASE      where to; the next phase unless given with --tenant
  --override WHY  passes closed gates, and keeps why; where the schema lacks what the phase needs, nothing does
  --dry-run       counts and says what stands in the way; changes nothing
`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        ...commonOptions,
        ...dryRunOption,
        tenant: { type: 'string' },
        canary: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
        to: { type: 'string' },
        override: { type: 'string' },
      },
    });
    const { tenant, canary, all, override } = values;
    if ([tenant !== undefined, canary, all].filter(Boolean).length !== 1) {
      throw new StartError('Say whom: one of --tenant NAME, --canary and --all.');
    }
    if (tenant === undefined && values.to === undefined) throw new StartError('Say where: --to PHASE.');
    if (override !== undefined && override.trim() === '') {
      throw new StartError('Say why the gates are passed: --override WHY.');
    }
    const to = values.to === undefined ? undefined : namedPhase(values.to);
    const isDryRun = values['dry-run'];
    return withCrm(values, async (context) => {
      if (tenant !== undefined) {
        const found = await namedTenant(context.owner, tenant);
        return advanceOne(context, found, { to: to ?? phaseAfter(found.phase), override, isDryRun });
      }
      const goal = to ?? 'COMPLETE';
      const behind = (await readTenants(context.owner)).filter(({ phase }) => isBefore(phase, goal));
      if (all) return advanceAll(context, behind, { to: goal, override, isDryRun });
      const smallest = await smallestOf(context.owner, behind);
      if (smallest === null) {
        context.output.result({ outcome: 'DONE', to: goal, moved: [] }, [`Every tenant is at ${goal}.`]);
        return exitCodes.DONE;
      }
      const code = await advanceOne(context, smallest, { to: goal, override, isDryRun });
      if (code === exitCodes.DONE && !isDryRun) {
        context.output.say(
          `Look at it for a while: npm run crm:tenancy -- mismatches --tenant ${smallest.slug}. Then go on with the ${behind.length - 1} others: advance --all --to ${goal}`,
        );
      }
      return code;
    });
  },
};

interface Goal {
  to: TenantPhase;
  override: string | undefined;
  isDryRun: boolean;
}

interface Outcome {
  tenantId: string;
  slug: string;
  from: TenantPhase;
  to: TenantPhase;
  outcome: 'ADVANCED' | 'ALREADY_THERE' | 'WOULD_ADVANCE' | 'REFUSED';
  gates: readonly Gate[];
}

async function advanceOne(
  { owner, output, by }: CommandContext,
  tenant: MigratedTenant,
  goal: Goal,
): Promise<ExitCode> {
  const outcome = await outcomeOf(owner, tenant, { ...goal, by });
  output.result(outcome, outcomeLines(outcome));
  return outcome.outcome === 'REFUSED' ? exitCodes.REFUSED : exitCodes.DONE;
}

async function advanceAll(
  { owner, output, by, signal }: CommandContext,
  tenants: readonly MigratedTenant[],
  goal: Goal,
): Promise<ExitCode> {
  const outcomes: Outcome[] = [];
  for (const tenant of tenants) {
    if (signal.aborted) break;
    const startedAt = performance.now();
    const outcome = await outcomeOf(owner, tenant, { ...goal, by });
    outcomes.push(outcome);
    if (outcome.outcome === 'REFUSED') for (const line of outcomeLines(outcome)) output.say(line);
    output.progress({ done: outcomes.length, total: tenants.length, text: tenant.slug });
    // As long as the count took, the database is there for requests.
    await restFor(performance.now() - startedAt, signal);
  }
  const countOf = (kind: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome === kind).length;
  const [refused, thereAlready] = [countOf('REFUSED'), countOf('ALREADY_THERE')];
  const isStopped = outcomes.length < tenants.length;
  const verb = goal.isDryRun ? 'would go' : 'went';
  const parts = [
    `${outcomes.length - refused - thereAlready} tenants ${verb} to ${goal.to}`,
    ...(thereAlready > 0 ? [`${thereAlready} were there already`] : []),
    `${refused} refused`,
    ...(isStopped ? ['stopped before the others'] : []),
  ];
  output.result({ outcome: refused > 0 ? 'REFUSED' : 'DONE', isStopped, tenants: outcomes }, [
    tenants.length === 0 ? `Every tenant is at ${goal.to} or beyond.` : `${parts.join(', ')}.`,
  ]);
  if (isStopped) return exitCodes.STOPPED;
  return refused > 0 ? exitCodes.REFUSED : exitCodes.DONE;
}

async function outcomeOf(
  owner: Owner,
  { tenantId, slug, phase }: MigratedTenant,
  { to, override, isDryRun, by }: Goal & { by: string },
): Promise<Outcome> {
  const tenant = { tenantId, slug, from: phase, to };
  if (isDryRun) {
    assertNotBeyond({ slug, phase }, to);
    const gates = await gatesBefore(owner, tenant);
    const mayGo = isPassed(gates.filter(isClosed), override);
    return {
      ...tenant,
      outcome: mayGo ? (phase === to ? 'ALREADY_THERE' : 'WOULD_ADVANCE') : 'REFUSED',
      gates,
    };
  }
  try {
    const move = await moveOnRecord(owner, { action: 'advanceCrmTenant', by, override }, (tx) =>
      advanceTenant(tx, { tenantId, to, by, override }),
    );
    return { ...tenant, outcome: move.isChanged ? 'ADVANCED' : 'ALREADY_THERE', gates: move.gates };
  } catch (error) {
    if (!(error instanceof GateRefusal)) throw error;
    return { ...tenant, outcome: 'REFUSED', gates: error.gates };
  }
}

function outcomeLines({ slug, from, to, outcome, gates }: Outcome): string[] {
  switch (outcome) {
    case 'ADVANCED':
      return [`${slug}: ${from} to ${to}`];
    case 'ALREADY_THERE':
      return [`${slug}: is at ${to} already`];
    case 'WOULD_ADVANCE':
      return [`${slug}: would go from ${from} to ${to}`, ...gateLines(gates)];
    case 'REFUSED':
      return [`${slug}: refused from ${from} to ${to}`, ...gateLines(gates)];
  }
}

function phaseAfter(phase: TenantPhase): TenantPhase {
  return tenantPhases[tenantPhases.indexOf(phase) + 1] ?? phase;
}

/** The tenant with the fewest rows; one without any only where no other is left, because it would prove nothing. */
async function smallestOf(owner: Owner, tenants: readonly MigratedTenant[]): Promise<MigratedTenant | null> {
  const rows = new Map<string, number>();
  for (const { tenantId, rows: more } of await countRows(owner)) {
    if (tenantId !== null) rows.set(tenantId, (rows.get(tenantId) ?? 0) + more);
  }
  const size = ({ tenantId }: MigratedTenant) => rows.get(tenantId) ?? Number.POSITIVE_INFINITY;
  return tenants.toSorted((a, b) => size(a) - size(b) || a.slug.localeCompare(b.slug))[0] ?? null;
}
