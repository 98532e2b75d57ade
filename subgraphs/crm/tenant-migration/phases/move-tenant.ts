import sql, { type Sql } from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { SqlRunner } from '../../../../shared/database/database';
import { CodedError, tenantNotFound } from '../../../../shared/errors/coded-error';
import { readStage } from '../schema/stage';
import { canBeOverridden, type Finding, type Gate, GateRefusal, isClosed, withMend } from './gates';
import { countOnTheWay, gatesOn } from './gates-before';
import { isBefore, phasesUpTo, type TenantPhase } from './phase';
import { type MigratedTenant, readTenants } from './read-tenants';

export interface PhaseMove {
  tenantId: string;
  slug: string;
  from: TenantPhase;
  to: TenantPhase;
  /** Whether anything changed: a tenant that is there already stays as it is. */
  isChanged: boolean;
  /** What was counted at the gates on the way. */
  gates: readonly Gate[];
}

/**
 * Takes a tenant forward to `to`, over the phases in between, each of which is proved and written down with what was counted.
 * Whoever asks second waits for the first, and finds the tenant there. `tx` must be a transaction. `override` is the reason for
 * which closed gates are passed; it is kept. Throws `GateRefusal`, `TENANT_NOT_FOUND`, and `CONFLICT` for a tenant beyond `to`.
 */
export async function advanceTenant(
  tx: SqlRunner,
  { tenantId, to, by, override }: { tenantId: string; to: TenantPhase; by: string; override?: string },
): Promise<PhaseMove> {
  const tenant = await lockTenant(tx, tenantId);
  const { phase: from, slug } = tenant;
  assertNotBeyond(tenant, to);
  if (from === to) return { tenantId, slug, from, to, isChanged: false, gates: [] };

  const stage = await readStage(tx);
  const evidence = await countOnTheWay(tx, { tenantId, from, to });
  const gates = gatesOn({ from, to, slug }, { stage, evidence });
  const closed = gates.filter(isClosed);
  if (!isPassed(closed, override)) {
    throw new GateRefusal(`Tenant ${slug} cannot go from ${from} to ${to}`, closed);
  }
  let last = from;
  for (const phase of phasesUpTo(from, to)) {
    const needed = closed.length > 0 ? (override ?? null) : null;
    await writePhase(tx, { tenantId, from: last, to: phase, by, override: needed, evidence });
    last = phase;
  }
  return { tenantId, slug, from, to, isChanged: true, gates };
}

/** Whether a tenant may go on: no gate is closed, or a reason opens those that are. */
export function isPassed(closed: readonly Gate[], override: string | undefined): boolean {
  return closed.length === 0 || (override !== undefined && closed.every(canBeOverridden));
}

/**
 * Takes a tenant back to `to` in one step; what was written since is where it was. No count keeps it from going, but what the
 * gates say that it goes back through is written down. `tx` must be a transaction. Throws `GateRefusal` once the schema is contracted,
 * `TENANT_NOT_FOUND`, and `CONFLICT` for a tenant that has not come as far as `to`.
 */
export async function takeTenantBack(
  tx: SqlRunner,
  { tenantId, to, by }: { tenantId: string; to: TenantPhase; by: string },
): Promise<PhaseMove> {
  const tenant = await lockTenant(tx, tenantId);
  const { phase: from, slug } = tenant;
  assertReached(tenant, to);
  if (from === to) return { tenantId, slug, from, to, isChanged: false, gates: [] };
  await assertSlugsAreThere(tx, { slug, to });
  const evidence = await countOnTheWay(tx, { tenantId, from: to, to: from });
  await writePhase(tx, { tenantId, from, to, by, override: null, evidence });
  return { tenantId, slug, from, to, isChanged: true, gates: [] };
}

/** Throws `CONFLICT` for a tenant that has not come as far as `to`. */
export function assertReached(
  { slug, phase }: Pick<MigratedTenant, 'slug' | 'phase'>,
  to: TenantPhase,
): void {
  if (!isBefore(phase, to)) return;
  throw new CodedError('CONFLICT', `to: tenant ${slug} is only at ${phase}`, {
    fields: [{ path: 'to', constraint: 'reached', message: `the tenant is only at ${phase}` }],
  });
}

/** Throws `CONFLICT` for a tenant that is beyond `to`. */
export function assertNotBeyond(
  { slug, phase }: Pick<MigratedTenant, 'slug' | 'phase'>,
  to: TenantPhase,
): void {
  if (!isBefore(to, phase)) return;
  const message = `the tenant is at ${phase} already, beyond ${to}; going back is another command`;
  throw new CodedError('CONFLICT', `to: tenant ${slug}: ${message}`, {
    fields: [{ path: 'to', constraint: 'ahead', message }],
  });
}

/** Throws a `GateRefusal` once the schema is contracted, from where no tenant goes back. */
export async function assertSlugsAreThere(
  runner: SqlRunner,
  { slug, to }: { slug: string; to: TenantPhase },
): Promise<void> {
  if ((await readStage(runner)) !== 'CONTRACTED') return;
  const examples = ['the schema is at the stage CONTRACTED, which has no slugs to go by'];
  const gate = withMend({ name: 'STAGE', count: 1, examples }, 'back --stage ENFORCED');
  throw new GateRefusal(`Tenant ${slug} cannot go back to ${to}`, [gate]);
}

/** The tenant, of which nobody else changes the phase until the transaction ends. */
async function lockTenant(tx: SqlRunner, tenantId: string): Promise<MigratedTenant> {
  await tx.rows(
    sql`SELECT pg_advisory_xact_lock(hashtextextended(${`crm_tenancy.tenant_phase ${tenantId}`}, 0))`,
  );
  const [tenant] = await readTenants(tx, { tenantId });
  if (!tenant) throw tenantNotFound('tenantId', 'CRM knows no tenant with this id');
  return tenant;
}

async function writePhase(
  tx: SqlRunner,
  change: {
    tenantId: string;
    from: TenantPhase;
    to: TenantPhase;
    by: string;
    override: string | null;
    evidence: readonly Finding[];
  },
): Promise<void> {
  for (const statement of phaseStatements(change)) await tx.rows(statement);
}

function phaseStatements({
  tenantId,
  from,
  to,
  by,
  override,
  evidence,
}: Parameters<typeof writePhase>[1]): Sql[] {
  return [
    sql`INSERT INTO crm_tenancy.tenant_phase (tenant_id, phase, changed_by) VALUES (${tenantId}::uuid, ${to}, ${by})
        ON CONFLICT (tenant_id) DO UPDATE SET phase = excluded.phase, changed_by = excluded.changed_by, changed_at = now()`,
    sql`INSERT INTO crm_tenancy.phase_change
          (id, tenant_id, from_phase, to_phase, changed_by, override_reason, evidence)
        VALUES (${uuid7()}, ${tenantId}::uuid, ${from}, ${to}, ${by}, ${override}, ${JSON.stringify(evidence)}::jsonb)`,
  ];
}
