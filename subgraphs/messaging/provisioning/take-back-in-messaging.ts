import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { parseInput } from '../../../shared/input/parse-input';
import { CHANGED_SINCE, wasChanged } from '../../../shared/provisioning/taking-back';
import { findTenantOfRun, isKeyOfAnother } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { TakeBackInMessagingInput, TakenBack } from '../graphql.generated';
import type { MessagingTenant } from '../tenants/messaging-tenant.entity';
import { lockMessagingTenant } from '../tenants/messaging-tenant-store';
import { TakeBackInMessagingRules } from './provisioning-input';

/**
 * Removes what a run made of a tenant in Messaging, unless it was changed since, has contacts since, or its id is another
 * tenant's by now. Safe to repeat. Throws `BAD_USER_INPUT`, and what `findTenantOfRun` throws.
 */
export async function takeBackInMessaging(
  context: Context,
  input: TakeBackInMessagingInput,
): Promise<TakenBack> {
  const { runId, tenantId, messagingTenantId } = parseInput(
    TakeBackInMessagingRules,
    input,
    'input.messaging',
  );
  await findTenantOfRun(context.tenants, tenantId, context);
  const key = { messagingTenantId };
  const isAnothers = await isKeyOfAnother(context.tenants, { tenantId, key }, context);
  const database = context.databaseOfId(messagingTenantId);

  return database.transaction(async (transaction): Promise<TakenBack> => {
    const found = await lockMessagingTenant(database, transaction, messagingTenantId);
    if (found?.runId !== runId) return { removed: [], kept: [] };
    const reason = isAnothers
      ? 'the registry maps it to another tenant'
      : await reasonToKeep(transaction, found);
    if (reason !== null) return { removed: [], kept: [{ id: messagingTenantId, reason }] };
    await transaction.rows(
      sql`DELETE FROM messaging.messaging_tenant WHERE messaging_tenant_id = ${messagingTenantId}`,
    );
    await transaction.record({
      action: 'takeBackInMessaging',
      tenantKey: messagingTenantId,
      recordType: 'MessagingTenant',
      recordId: messagingTenantId,
      before: found,
      after: null,
    });
    return { removed: [messagingTenantId], kept: [] };
  });
}

async function reasonToKeep(transaction: SqlRunner, found: MessagingTenant): Promise<string | null> {
  if (wasChanged(found)) return CHANGED_SINCE;
  const contact = await transaction.row(sql`
    SELECT FROM messaging.contact c
    WHERE c.messaging_tenant_id = ${found.messagingTenantId} AND c.created_at >= ${found.createdAt} LIMIT 1`);
  return contact === null ? null : 'it has contacts since';
}
