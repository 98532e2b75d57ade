import type { SqlRunner } from '../../../../shared/database/database';
import { readStage, type Stage } from '../schema/stage';
import { countEvidence } from './count-evidence';
import { type Finding, type Gate, type GateName, gatesInto, withMend } from './gates';
import { phasesUpTo, type TenantPhase, tenantPhases } from './phase';
import type { MigratedTenant } from './read-tenants';

/**
 * The gates that a tenant in the phase `from` has before it, with what was counted, open ones too: those of all steps up to
 * `to`. Throws `TENANT_NOT_FOUND`.
 */
export async function gatesBefore(
  runner: SqlRunner,
  { tenantId, slug, from, to }: { tenantId: string; slug: string; from: TenantPhase; to: TenantPhase },
): Promise<Gate[]> {
  if (namesOn(from, to).size === 0) return [];
  const stage = await readStage(runner);
  const evidence = await countOnTheWay(runner, { tenantId, from, to });
  return gatesOn({ from, to, slug }, { stage, evidence });
}

/** The same for a tenant's next phase. A tenant that is COMPLETE has none. */
export async function gatesBeforeNext(
  runner: SqlRunner,
  { tenantId, slug, phase }: Pick<MigratedTenant, 'tenantId' | 'slug' | 'phase'>,
): Promise<Gate[]> {
  const to = tenantPhases[tenantPhases.indexOf(phase) + 1];
  return to === undefined ? [] : gatesBefore(runner, { tenantId, slug, from: phase, to });
}

/** What a tenant's gates between two phases ask, counted; what no gate of theirs asks is not, because it reads many rows. */
export function countOnTheWay(
  runner: SqlRunner,
  { tenantId, from, to }: { tenantId: string; from: TenantPhase; to: TenantPhase },
): Promise<Finding[]> {
  return countEvidence(runner, tenantId, namesOn(from, to));
}

/** The gates between two phases, by what was counted. */
export function gatesOn(
  { from, to, slug }: { from: TenantPhase; to: TenantPhase; slug: string },
  { stage, evidence }: { stage: Stage; evidence: readonly Finding[] },
): Gate[] {
  const names = namesOn(from, to);
  if (names.size === 0) return [];
  return [
    stageGate(stage),
    ...evidence
      .filter(({ name }) => names.has(name))
      .map((found) => withMend(found, mendOfTenant(found.name, slug))),
  ];
}

function namesOn(from: TenantPhase, to: TenantPhase): ReadonlySet<GateName> {
  return new Set(phasesUpTo(from, to).flatMap(gatesInto));
}

function stageGate(stage: Stage): Gate {
  const isEarly = stage === 'LEGACY';
  const examples = isEarly ? ['the schema is at the stage LEGACY'] : [];
  return withMend({ name: 'STAGE', count: isEarly ? 1 : 0, examples }, 'expand');
}

/** The gate's own command where it is about one tenant. */
function mendOfTenant(gate: GateName, slug: string): string | undefined {
  if (gate === 'READ_MISMATCHES') return `mismatches --tenant ${slug}`;
  return gate === 'LEGACY_CALLERS' ? `ledger --tenant ${slug}` : undefined;
}
