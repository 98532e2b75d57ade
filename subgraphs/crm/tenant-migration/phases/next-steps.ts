import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { assertNever } from '../../../../shared/errors/coded-error';
import { readStage, type Stage } from '../schema/stage';
import { countRowsOfAll } from './count-evidence';
import { COMMAND, type GateName } from './gates';
import { isBefore, type TenantPhase } from './phase';
import { readTenants } from './read-tenants';

export interface NextStep {
  command: string;
  why: string;
}

/** The commands that bring CRM from where it is to the next stage of its schema, in their order. */
export async function nextSteps(runner: SqlRunner): Promise<NextStep[]> {
  const stage = await readStage(runner);
  return [...(await stepsToNextStage(runner, stage)), ...(await stepsForLeads(runner))];
}

async function stepsToNextStage(runner: SqlRunner, stage: Stage): Promise<NextStep[]> {
  const tenants = await readTenants(runner);
  switch (stage) {
    case 'LEGACY':
      return [step('expand', `CRM knows ${tenants.length} tenants; its rows name them by slugs alone.`)];
    case 'EXPANDED':
      return [
        ...(await stepsForRows(runner)),
        ...stepsForTenants(tenants, 'DUAL_WRITE'),
        ...stepsForTenants(tenants, 'CUTOVER'),
        step('enforce', 'The schema will demand of every row that it has its UUID.'),
      ];
    case 'ENFORCED':
      return [
        ...stepsForTenants(tenants, 'COMPLETE'),
        step('contract', 'tenant_id becomes the UUID; what goes by slugs goes.'),
      ];
    case 'CONTRACTED':
      return [];
    default:
      return assertNever(stage);
  }
}

/** Whoever sent them was told that they wait. */
async function stepsForLeads(runner: SqlRunner): Promise<NextStep[]> {
  const waiting = await runner.rows<{ slug: string; leads: number }>(sql`
    SELECT slug, count(*)::int AS leads FROM crm_tenancy.pending_lead WHERE state = 'PENDING'
    GROUP BY slug ORDER BY leads DESC, slug LIMIT 3`);
  return waiting.map(({ slug, leads }) =>
    step(`map ${slug} TENANT`, `Leads that wait for somebody to say whose "${slug}" is: ${leads}.`),
  );
}

async function stepsForRows(runner: SqlRunner): Promise<NextStep[]> {
  const found = await countRowsOfAll(runner);
  const count = (name: GateName) => found.find((finding) => finding.name === name)?.count ?? 0;
  const quarantine = ['UNMAPPED_SLUGS', 'ORPHANS', 'DUPLICATES'] as const;
  const mapped = count('ROWS_WITHOUT_UUID') - count('UNMAPPED_SLUGS');
  return [
    ...(mapped > 0 ? [step('backfill', `${mapped} rows have no UUID yet.`)] : []),
    ...(quarantine.some((name) => count(name) > 0)
      ? [
          step(
            'quarantine',
            `${count('UNMAPPED_SLUGS')} rows by slugs of nobody, ${count('ORPHANS')} orphans, ${count('DUPLICATES')} duplicates.`,
          ),
        ]
      : []),
    ...(count('ROWS_DISAGREEING') > 0
      ? [step('agree', `${count('ROWS_DISAGREEING')} rows have a UUID and a slug that differ.`)]
      : []),
  ];
}

function stepsForTenants(tenants: readonly { phase: TenantPhase }[], to: TenantPhase): NextStep[] {
  const behind = tenants.filter(({ phase }) => isBefore(phase, to)).length;
  if (behind === 0) return [];
  const why = `${behind} of ${tenants.length} tenants are not there yet`;
  return [
    step(`advance --canary --to ${to}`, `${why}; the smallest goes first.`),
    step(`advance --all --to ${to}`, 'Then the others.'),
  ];
}

function step(command: string, why: string): NextStep {
  return { command: `${COMMAND} ${command}`, why };
}
