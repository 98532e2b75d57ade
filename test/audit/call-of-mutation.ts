import { ownMutations } from '../isolation/attack/own-mutations';
import type { TenantWithData } from '../isolation/attack/tenant-with-data';
import type { TestGraph } from '../testkit/graph';
import { bareTenant, uniqueName } from '../testkit/seed';

/** Variables with which the platform's operator may call a mutation so that it changes something, once. */
export async function callOfMutation(
  graph: TestGraph,
  tenant: TenantWithData,
  name: string,
): Promise<{ variables: Record<string, unknown>; tenantId: string }> {
  const { id } = await bareTenant(graph);
  const clubId = '7e1e6bb1-9b6a-4c1e-9d4e-5b1d5a6a0001';
  switch (name) {
    case 'createTenant':
      return { tenantId: '', variables: { input: { slug: uniqueName('made'), displayName: 'Made' } } };
    case 'updateTenant':
      return { tenantId: id, variables: { id, input: { displayName: 'Renamed' } } };
    case 'enableTenant':
      await graph.ask('mutation ($id: ID!) { disableTenant(id: $id) { id } }', { id });
      return { tenantId: id, variables: { id } };
    case 'cancelDeprovisioning':
      await graph.ask('mutation ($id: ID!) { deprovisionTenant(id: $id) { id } }', { id });
      return { tenantId: id, variables: { tenantId: id } };
    case 'importRegistryEntries':
      await newClub(graph, id);
      return { tenantId: id, variables: { tenantIds: [id], dryRun: false } };
    case 'repairRegistryDrift':
      return {
        tenantId: tenant.id,
        variables: { ids: [await unmappedClub(graph, tenant.id)], dryRun: false },
      };
    case 'deprovisionTenant':
    case 'disableTenant':
      return { tenantId: id, variables: { id } };
    case 'provisionTenant':
      return { tenantId: id, variables: { input: { tenant: { id }, billing: true } } };
    case 'retryProvisioning':
      return { tenantId: id, variables: { runId: await failedRun(graph, id) } };
    case 'cancelProvisioning':
      return { tenantId: id, variables: { runId: await completedRun(graph, id) } };
    case 'removeTeeTimeClub':
      return { tenantId: tenant.id, variables: { tenantId: tenant.id, clubId: tenant.keys.clubId } };
    case 'addTeeTimeClub':
      return { tenantId: id, variables: { tenantId: id, clubId } };
    case 'moveClub': {
      // Before every other one in the order of ids, so that its events are told first.
      const heir = { id: '00000000-0000-4000-8000-0000000c1b00', slug: uniqueName('heir') };
      await graph.ask(
        'mutation ($id: ID!, $slug: String!) { createTenant(input: { id: $id, slug: $slug, displayName: "Heir" }) { id } }',
        heir,
      );
      return { tenantId: heir.id, variables: { id: await newClub(graph, id), tenantId: heir.id } };
    }
    case 'createSclTenant':
      return { tenantId: '', variables: { input: { code: uniqueName('SCL'), name: 'New' } } };
    case 'enableSystem':
    case 'disableSystem':
      return { tenantId: id, variables: { tenantId: id, system: name === 'enableSystem' ? 'SCL' : 'CRM' } };
    case 'deleteWebhookSubscription':
      return { tenantId: tenant.id, variables: { id: await newWebhook(graph, tenant.id) } };
    case 'replayDeadLetters':
      return { tenantId: tenant.id, variables: { ids: [await newDeadLetter(graph, tenant.id)] } };
    default:
      return { tenantId: tenant.id, variables: ownMutations(tenant)[name] ?? {} };
  }
}

/** A club that TeeTime holds for the tenant, and the registry does not map. */
async function newClub(graph: TestGraph, tenantId: string): Promise<string> {
  const input = { tenantId, clubCode: uniqueName('unmapped'), name: 'Unmapped' };
  const { createClub } = await graph.ask(
    'mutation ($input: CreateClubInput!) { createClub(input: $input) { id } }',
    { input },
  );
  return createClub.id;
}

/** The id of the drift that such a club is. */
async function unmappedClub(graph: TestGraph, tenantId: string): Promise<string> {
  await newClub(graph, tenantId);
  const { registryDrift } = await graph.ask(
    'query ($id: ID!) { registryDrift(tenantId: $id) { id repair } }',
    { id: tenantId },
  );
  return registryDrift.find(({ repair }: { repair: string }) => repair === 'MAP').id;
}

/** A run of the tenant that has completed. */
async function completedRun(graph: TestGraph, tenantId: string): Promise<string> {
  const { provisionTenant } = await graph.ask(
    'mutation ($id: ID!) { provisionTenant(input: { tenant: { id: $id }, billing: true }) { id } }',
    { id: tenantId },
  );
  return provisionTenant.id;
}

/** A run of the tenant whose last step failed. */
async function failedRun(graph: TestGraph, tenantId: string): Promise<string> {
  const runId = await completedRun(graph, tenantId);
  await graph.database.query(
    "UPDATE access_control.provisioning_step SET status = 'FAILED' WHERE run_id = $1 AND position = 2",
    [runId],
  );
  await graph.database.query("UPDATE access_control.provisioning_run SET status = 'FAILED' WHERE id = $1", [
    runId,
  ]);
  return runId;
}

async function newWebhook(graph: TestGraph, tenantId: string): Promise<string> {
  const { made } = await graph.ask(
    `mutation ($input: CreateWebhookSubscriptionInput!) {
      made: createWebhookSubscription(input: $input) { subscription { id } } }`,
    { input: { tenantId, url: 'http://127.0.0.1:9/new' } },
  );
  return made.subscription.id;
}

/** The tenant's first event, as if CRM had refused it. */
async function newDeadLetter(graph: TestGraph, tenantId: string): Promise<string> {
  const [row] = await graph.database.query<{ id: string }>(
    `INSERT INTO access_control.event_dead_letter (id, consumer, tenant_key, position, attempts, error)
     VALUES (gen_random_uuid(), 'crm.tenants', $1, 1, 8, 'refused') RETURNING id`,
    [tenantId],
  );
  return row?.id ?? '';
}
