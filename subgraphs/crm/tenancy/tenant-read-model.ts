import sql, { raw } from 'sql-template-tag';
import type { Database, DatabasePool } from '../../../shared/database/database';
import { systemViewer } from '../../../shared/identity/viewer';
import type { SubgraphCall } from '../../../shared/subgraph/transport';
import type { DirectoryTenant, TenantDirectory } from '../../../shared/tenancy/tenant-directory';
import { WAIT_BRIEFLY } from './lock-wait';
import { Tenant } from './tenant.entity';
import { copyTenants } from './write-copies';

/** What all calls that look at the copies share. */
export interface CopySource {
  pool: DatabasePool;
  tenants: TenantDirectory;
  /** How many days a former slug still leads to its tenant; 0 where none does. */
  slugAliasDays: number;
}

/** CRM's copies of Access Control's tenants, all of them, and the way to ask for what is newer. */
export interface TenantCopies {
  database: Database;
  slugAliasDays: number;
  /** The tenant as Access Control knows it now. */
  askAnew(id: string): Promise<DirectoryTenant | null>;
}

/** The copies during one call. A tenant's copy may depend on another tenant's, so they are seen as the graph itself. */
export function tenantCopies({ pool, tenants, slugAliasDays }: CopySource, call: SubgraphCall): TenantCopies {
  return {
    database: pool.forCall({ ...call, viewer: systemViewer }),
    slugAliasDays,
    askAnew: (id) => tenants.resolveAnew({ id }, call),
  };
}

/** What a write gets that no request waits for; a new slug is written into every row of its tenant. */
const RENAME_PATIENTLY = raw('SET LOCAL statement_timeout = 120000');
/** How long a call must last in which copies are refreshed, in milliseconds. */
export const REFRESH_MAY_TAKE_MS = 130_000;

/** The copies of the tenants, by id; a tenant that CRM has never met is absent. */
async function findTenants(database: Database, ids: readonly string[]): Promise<Map<string, Tenant>> {
  const rows = await database.rows<Tenant>(
    sql`SELECT ${raw(database.columns(Tenant, 't'))} FROM tenant t WHERE t.id = ANY (${[...ids]}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function isOutdated(copy: Tenant, answer: DirectoryTenant): boolean {
  if (answer.updatedAt.getTime() !== copy.updatedAt.getTime()) return answer.updatedAt > copy.updatedAt;
  return (
    answer.slug !== copy.slug || answer.displayName !== copy.displayName || answer.status !== copy.status
  );
}

/**
 * Makes the copy of a tenant that CRM has never met. A copy that is there stays as it is: to bring it up to date may
 * rename all of the tenant's rows, which no request waits for. Throws when PostgreSQL ends the wait for another writer,
 * which the caller sees as `SUBGRAPH_UNAVAILABLE`.
 */
export async function ensureCopy(copies: TenantCopies, answer: DirectoryTenant): Promise<void> {
  const found = await findTenants(copies.database, [answer.id]);
  if (!found.has(answer.id)) await copyTenants(copies, [answer], WAIT_BRIEFLY);
}

/** Brings the copies of these tenants up to date and makes those that are missing, however long that takes. */
export async function refreshCopies(copies: TenantCopies, answers: DirectoryTenant[]): Promise<void> {
  await copyTenants(copies, await findOutdated(copies, answers), RENAME_PATIENTLY);
}

/** Those of Access Control's answers of which CRM has no copy, or an older one. */
export async function findOutdated(
  { database }: TenantCopies,
  answers: DirectoryTenant[],
): Promise<DirectoryTenant[]> {
  const found = await findTenants(
    database,
    answers.map(({ id }) => id),
  );
  return answers.filter((answer) => {
    const copy = found.get(answer.id);
    return copy === undefined || isOutdated(copy, answer);
  });
}
