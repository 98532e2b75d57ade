import { assertWritable, type DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import type { Context } from '../context';

/**
 * Lets data under an SCL code be written: freely while no tenant has the code, otherwise only for an active tenant with
 * SCL enabled. Answers the tenant that has the code, or `null`. Throws `TENANT_DISABLED`, `SYSTEM_DISABLED`, or
 * `SUBGRAPH_UNAVAILABLE` when Access Control does not answer.
 */
export async function assertCodeWritable(
  { resolveTenant }: Pick<Context, 'resolveTenant'>,
  code: string,
  path: string,
): Promise<DirectoryTenant | null> {
  const tenant = await resolveTenant({ sclTenantCode: code });
  if (tenant !== null) assertWritable(tenant, 'scl', path);
  return tenant;
}
