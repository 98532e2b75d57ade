import { lookAgainIfTaken } from '../../../shared/database/postgres-errors';
import { parseInput } from '../../../shared/input/parse-input';
import { assertKeyOfTenant, getTenantToSetUp } from '../../../shared/provisioning/tenant-of-run';
import type { Context } from '../context';
import type { SetUpInMessagingInput, SystemSetUp } from '../graphql.generated';
import { MessagingTenant } from '../tenants/messaging-tenant.entity';
import { lockMessagingTenant } from '../tenants/messaging-tenant-store';
import { SetUpInMessagingRules } from './provisioning-input';

const PATH = 'input.messaging';

/**
 * Sees to it that Messaging has the tenant under its id, with the provider that is given. Safe to repeat, also at the same
 * moment. Throws `BAD_USER_INPUT`, `CONFLICT` when the registry maps the id to another tenant, and what `getTenantToSetUp`
 * throws.
 */
export async function setUpInMessaging(context: Context, input: SetUpInMessagingInput): Promise<SystemSetUp> {
  const { runId, tenantId, messagingTenantId, provider } = parseInput(SetUpInMessagingRules, input, PATH);
  await getTenantToSetUp(context.tenants, tenantId, context);
  const mapping = { tenantId, key: { messagingTenantId }, path: `${PATH}.tenantId` };
  await assertKeyOfTenant(context.tenants, mapping, context);
  const { viewer } = context;
  const database = context.databaseOfId(messagingTenantId);

  const write = () =>
    database.transaction(async (transaction): Promise<SystemSetUp> => {
      const { manager } = transaction;
      const record = (before: MessagingTenant | null, after: MessagingTenant) =>
        transaction.record({
          action: 'setUpInMessaging',
          tenantKey: messagingTenantId,
          recordType: 'MessagingTenant',
          recordId: messagingTenantId,
          before,
          after,
        });
      const found = await lockMessagingTenant(database, transaction, messagingTenantId);
      if (found === null) {
        const made = manager.create(MessagingTenant, {
          messagingTenantId,
          provider: provider ?? 'internal',
          runId,
          createdBy: viewer.subject,
          updatedBy: viewer.subject,
        });
        await manager.insert(MessagingTenant, made);
        await record(null, made);
      } else if (provider && provider !== found.provider) {
        const changes = { provider, updatedAt: new Date(), updatedBy: viewer.subject };
        await manager.update(MessagingTenant, { messagingTenantId }, changes);
        await record(found, { ...found, ...changes });
      }
      const isOwn = found === null || found.runId === runId;
      return isOwn
        ? { created: [messagingTenantId], adopted: [] }
        : { created: [], adopted: [messagingTenantId] };
    });
  return lookAgainIfTaken(write);
}
