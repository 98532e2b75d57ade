import { parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';

/** The UUID of the tenant that a caller names by `tenantId`. Throws `BAD_USER_INPUT`. */
export async function namedTenantId(context: Context, tenantId: string, path: string): Promise<string> {
  return parseUuid(await context.migration.legacyNames.uuidOf(context, tenantId, path), path);
}

/** The input with its `tenantId` as rules for UUIDs are to judge it. Throws `BAD_USER_INPUT`. */
export async function withNamedTenant<Input extends { tenantId: string }>(
  context: Context,
  input: Input,
): Promise<Input> {
  const { legacyNames } = context.migration;
  return { ...input, tenantId: await legacyNames.uuidOf(context, input.tenantId, 'input.tenantId') };
}
