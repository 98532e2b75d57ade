import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { notFound } from '../../../shared/errors/coded-error';
import { assertWritable } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';
import { WAIT_BRIEFLY } from './lock-wait';
import { ensureCopy } from './tenant-read-model';
import { findTenantIdOf, type TenantRow, type TenantTable } from './tenant-row';

/** A tenant that CRM may write for. */
export interface WritableTenant {
  id: string;
}

/**
 * Resolves the tenant in Access Control and sees to it that CRM has a copy of it. Call it before the transaction opens.
 * Throws `TENANT_NOT_FOUND`, `TENANT_DISABLED`, `SYSTEM_DISABLED` or `SUBGRAPH_UNAVAILABLE`.
 */
export async function getWritableTenant(
  context: Pick<Context, 'resolveTenant' | 'copies' | 'database'>,
  key: { id: string } | { slug: string },
  path: string,
): Promise<WritableTenant> {
  const tenant = await context.resolveTenant(key);
  assertWritable(tenant, 'crm', path);
  await ensureCopy(context.copies, tenant);
  return { id: tenant.id };
}

/** The tenant of the row that a change names by `id`. Throws `NOT_FOUND`, and what `getWritableTenant` throws. */
export async function getWritableTenantOf(
  context: Pick<Context, 'resolveTenant' | 'copies' | 'database'>,
  row: { table: TenantTable; id: string; thing: string },
): Promise<WritableTenant> {
  const tenantId = await findTenantIdOf(context.database, row.table, row.id);
  if (tenantId === null) throw notFound('id', row.thing);
  return getWritableTenant(context, { id: tenantId }, 'id');
}

/**
 * The tenant's columns for rows that this transaction inserts. The slug stays what it is until the transaction ends.
 * `one at a time` makes the transactions that ask for it follow one another, so that one may count before it inserts.
 */
export async function holdTenants(
  transaction: SqlRunner,
  tenantIds: readonly string[],
  mode: 'shared' | 'one at a time' = 'shared',
): Promise<TenantRow[]> {
  const strength = raw(mode === 'shared' ? 'KEY SHARE' : 'NO KEY UPDATE');
  return transaction.rows<TenantRow>(sql`
    SELECT id AS "tenantId", slug AS "tenantSlug" FROM tenant WHERE id = ANY (${[...tenantIds]}::uuid[])
    ORDER BY id FOR ${strength}`);
}

/**
 * As `holdTenants`, for the one tenant of a request, which waits for no lock longer than `WAIT_BRIEFLY` says. Throws when
 * CRM has no copy of the tenant, which `getWritableTenant` sees to.
 */
export async function holdTenant(
  transaction: SqlRunner,
  { id }: WritableTenant,
  mode: 'shared' | 'one at a time' = 'shared',
): Promise<TenantRow> {
  await transaction.rows(WAIT_BRIEFLY);
  const [held] = await holdTenants(transaction, [id], mode);
  if (!held) throw new Error(`CRM has no copy of tenant ${id}`);
  return held;
}

/**
 * Locks the copy of a tenant, so that no row of the tenant is written until the transaction ends: whoever writes one holds
 * the copy.
 */
export async function lockCopy(transaction: SqlRunner, tenantId: string): Promise<void> {
  await transaction.rows(WAIT_BRIEFLY);
  await transaction.rows(sql`SELECT FROM tenant WHERE id = ${tenantId} FOR UPDATE`);
}
