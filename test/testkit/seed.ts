import { randomBytes, randomUUID } from 'node:crypto';
import type { TestGraph } from './graph';

/** A tenant that every system knows, with the keys by which they know it. */
export interface ProvisionedTenant {
  id: string;
  slug: string;
  displayName: string;
  sclTenantCode: string;
  messagingTenantId: string;
}

/** A name that no other test of the file uses. */
export function uniqueName(stem: string): string {
  return `${stem}-${randomBytes(4).toString('hex')}`;
}

/** Provisions a tenant through the graph, with all four systems set up. */
export async function provisionedTenant(graph: TestGraph, stem = 'club'): Promise<ProvisionedTenant> {
  const slug = uniqueName(stem);
  const tenant = {
    id: randomUUID(),
    slug,
    displayName: `The ${slug}`,
    sclTenantCode: slug.toUpperCase(),
    messagingTenantId: `msg-${slug}`,
  };
  const provision = `mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { id status } }`;
  const { provisionTenant } = await graph.ask(provision, {
    input: {
      tenant: { id: tenant.id, slug, displayName: tenant.displayName },
      scl: { code: tenant.sclTenantCode },
      teeTime: { clubIds: [] },
      messaging: { tenantId: tenant.messagingTenantId },
      crm: { enabled: true },
    },
  });
  await endOfRun(graph, provisionTenant);
  return tenant;
}

export interface RunInTest {
  id: string;
  status: string;
}

const RUN_MAY_TAKE_MS = 30_000;

/** Waits until a run has completed, which it normally has when `provisionTenant` answers. Throws when it fails. */
export async function endOfRun(graph: Pick<TestGraph, 'ask'>, run: RunInTest): Promise<void> {
  const deadline = Date.now() + RUN_MAY_TAKE_MS;
  for (let now = run; now.status !== 'COMPLETED'; ) {
    if (now.status === 'FAILED' || Date.now() > deadline) throw new Error(`Run ${run.id} is ${now.status}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await graph.ask('query ($id: ID!) { provisioningRun(id: $id) { id status } }', {
      id: run.id,
    });
    now = answer.provisioningRun;
  }
}

/** The SCL tenant of a provisioned tenant. */
export async function sclTenantOf(
  graph: TestGraph,
  { sclTenantCode }: Pick<ProvisionedTenant, 'sclTenantCode'>,
): Promise<{ id: string; code: string }> {
  const { sclTenant } = await graph.ask('query ($code: String) { sclTenant(code: $code) { id code } }', {
    code: sclTenantCode,
  });
  return sclTenant;
}

/** A tenant that only Access Control knows: no registry entry. */
export async function bareTenant(graph: TestGraph, stem = 'bare'): Promise<{ id: string; slug: string }> {
  const slug = uniqueName(stem);
  const { createTenant } = await graph.ask(
    `mutation ($slug: String!) { createTenant(input: { slug: $slug, displayName: $slug }) { id slug } }`,
    { slug },
  );
  return createTenant;
}

/** A provisioned tenant of which SCL and Messaging have lost what they had. */
export async function lostTenant(graph: TestGraph, stem = 'lost'): Promise<ProvisionedTenant> {
  const tenant = await provisionedTenant(graph, stem);
  const { database } = graph;
  await database.query('DELETE FROM scl.scl_tenant WHERE code = $1', [tenant.sclTenantCode]);
  await database.query('DELETE FROM messaging.messaging_tenant WHERE messaging_tenant_id = $1', [
    tenant.messagingTenantId,
  ]);
  return tenant;
}

/** Has the registry map a club to a tenant that has an entry, whosever TeeTime says it is, as nothing in the graph would. */
export async function mapClubRegardless(
  { database }: Pick<TestGraph, 'database'>,
  tenantId: string,
  clubId: string,
): Promise<void> {
  await database.query(
    'INSERT INTO access_control.tenant_registry_club (club_id, tenant_id) VALUES ($1, $2)',
    [clubId, tenantId],
  );
}
