import type { SqlRunner } from '../../../../shared/database/database';
import { assertNever } from '../../../../shared/errors/coded-error';
import { readStage, type Stage, stages } from '../schema/stage';
import { countRowsOfAll } from './count-evidence';
import { type Gate, gatesOfAllRows, withMend } from './gates';
import { isBefore, type TenantPhase } from './phase';
import { type MigratedTenant, readTenants } from './read-tenants';

/**
 * The gates that the schema has before it on its way to `to`, forward or back, with what was counted, open ones too. Rows must
 * fit what the next stage demands of them, and tenants must be done with what it takes away.
 */
export async function gatesBeforeStage(runner: SqlRunner, to: Stage): Promise<Gate[]> {
  const from = await readStage(runner);
  if (from === to) return [];
  const isForward = stages.indexOf(to) > stages.indexOf(from);
  return isForward ? gatesForward(runner, { from, to }) : gatesBack(runner, to);
}

async function gatesForward(runner: SqlRunner, { from, to }: { from: Stage; to: Stage }): Promise<Gate[]> {
  const next = stages[stages.indexOf(from) + 1];
  if (next !== to) return [skippedStage(from, to)];
  switch (to) {
    case 'LEGACY':
    case 'EXPANDED':
      return [];
    case 'ENFORCED': {
      const found = await countRowsOfAll(runner);
      return [await tenantsBehind(runner, 'CUTOVER'), ...gatesOfAllRows(from, found)];
    }
    case 'CONTRACTED':
      return [await tenantsBehind(runner, 'COMPLETE')];
    default:
      return assertNever(to);
  }
}

async function gatesBack(runner: SqlRunner, to: Stage): Promise<Gate[]> {
  if (to !== 'LEGACY') return [];
  const ahead = (await readTenants(runner)).filter(({ phase }) => phase !== 'LEGACY');
  return [ofTenants('TENANTS_AHEAD', ahead, 'back --all --to LEGACY')];
}

async function tenantsBehind(runner: SqlRunner, phase: TenantPhase): Promise<Gate> {
  const behind = (await readTenants(runner)).filter((tenant) => isBefore(tenant.phase, phase));
  return ofTenants('TENANTS_BEHIND', behind, `advance --all --to ${phase}`);
}

function ofTenants(
  name: 'TENANTS_AHEAD' | 'TENANTS_BEHIND',
  tenants: readonly MigratedTenant[],
  mend: string,
): Gate {
  const examples = tenants.slice(0, 3).map(({ slug, phase }) => `${slug} (${phase})`);
  return withMend({ name, count: tenants.length, examples }, mend);
}

function skippedStage(from: Stage, to: Stage): Gate {
  const examples = [`the schema is at ${from}, and ${to} comes later than the next stage`];
  return withMend({ name: 'STAGE', count: 1, examples }, 'plan');
}
