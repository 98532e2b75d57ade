import { provisioningViewer } from '../../../shared/identity/viewer';
import { innerCall } from '../../../shared/subgraph/deadline';
import { callOf } from '../../../shared/subgraph/transport';
import type { Context } from '../context';
import type { TenantSystem } from '../graphql.generated';
import { askOrTellOutage } from '../provisioning/ask-system';
import type { Tenant } from '../tenants/tenant.entity';

const SCL = `mutation CreateInScl($input: SetUpInSclInput!) { setUpInScl(input: $input) { created } }`;
const MESSAGING = `mutation CreateInMessaging($input: SetUpInMessagingInput!) {
  setUpInMessaging(input: $input) { created }
}`;

interface Missing {
  /** A repeated call with the same one finds what it made. */
  runId: string;
  tenant: Tenant;
  system: TenantSystem;
  /** What the registry calls the tenant there. */
  key: string;
}

/**
 * Makes what the registry names in a system with keys of its own, on behalf of the viewer. Throws what the system refuses it
 * for, and `SUBGRAPH_UNAVAILABLE` when it does not answer.
 */
export async function createInSystem(
  context: Context,
  { runId, tenant, system, key }: Missing,
): Promise<void> {
  const run = { runId, tenantId: tenant.id };
  const request =
    system === 'SCL'
      ? { query: SCL, variables: { input: { ...run, code: key, name: tenant.displayName } } }
      : { query: MESSAGING, variables: { input: { ...run, messagingTenantId: key } } };
  const { subgraphs, viewer } = context;
  const call = { ...innerCall(callOf(context)), viewer: provisioningViewer(tenant.id, viewer.subject) };
  const transport = system === 'SCL' ? subgraphs.scl : subgraphs.messaging;
  await askOrTellOutage(transport, request, call, `${system} does not answer`);
}
