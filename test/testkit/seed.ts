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

/** Provisions a tenant through the graph, with all four systems enabled. */
export async function provisionedTenant(graph: TestGraph, stem = 'club'): Promise<ProvisionedTenant> {
  const slug = uniqueName(stem);
  const tenant = {
    id: randomUUID(),
    slug,
    displayName: `The ${slug}`,
    sclTenantCode: slug.toUpperCase(),
    messagingTenantId: `msg-${slug}`,
  };
  await graph.ask(`mutation ($input: ProvisionTenantInput!) { provisionTenant(input: $input) { id } }`, {
    input: {
      tenant: { id: tenant.id, slug, displayName: tenant.displayName },
      scl: { code: tenant.sclTenantCode },
      teeTime: { clubIds: [] },
      messaging: { tenantId: tenant.messagingTenantId },
      crm: { enabled: true },
    },
  });
  return tenant;
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
