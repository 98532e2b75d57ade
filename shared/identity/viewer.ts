import type { SubgraphName } from '../subgraph/names';
import { allScopes, type Scope } from './policy';

/** Who asks. Every request's context has one, and whatever decides who may do what reads it from there. */
export interface Viewer {
  /** The token's `sub`; what `createdBy` and the audit trail record. */
  readonly subject: string;
  /** `system` is the graph itself: read models, look-ups between subgraphs, demo data. */
  readonly kind: 'anonymous' | 'user' | 'service' | 'system';
  readonly scopes: ReadonlySet<Scope>;
  /** The UUIDs of the tenants whose rows exist for this viewer. */
  readonly tenants: 'all' | readonly string[];
  /** On whose behalf the subject acts, where it acts for someone else (RFC 8693). */
  readonly onBehalfOf: string | null;
}

/** Whoever sends no token. No row exists for it; it may call what the SDL leaves open. */
export const anonymousViewer: Viewer = {
  subject: 'anonymous',
  kind: 'anonymous',
  scopes: new Set(),
  tenants: [],
  onBehalfOf: null,
};

/** The graph itself, where it works by its own accord. */
export const systemViewer: Viewer = {
  subject: 'tenant-graph',
  kind: 'system',
  scopes: new Set(allScopes),
  tenants: 'all',
  onBehalfOf: null,
};

/** A subgraph that asks Access Control who a tenant is: it reads, of every tenant, and nothing else. */
export const lookUpViewer: Viewer = {
  ...systemViewer,
  scopes: new Set<Scope>(['tenant:read', 'registry:read']),
};

/** Access Control that asks a system for its part of a tenant's audit trail; to be used within that tenant. */
export const auditViewer: Viewer = { ...systemViewer, scopes: new Set<Scope>(['audit:read']) };

/** A system that hands events on. The receiver takes from it the events that it published itself, or hands on as the hub. */
export function deliveringViewer(sender: SubgraphName): Viewer {
  return { ...systemViewer, scopes: new Set<Scope>(['events:deliver']), onBehalfOf: sender };
}

/** Access Control that works on a tenant in a system: it reaches that tenant alone, on behalf of whoever asked for it. */
export function provisioningViewer(tenantId: string, onBehalfOf: string): Viewer {
  return {
    ...systemViewer,
    scopes: new Set<Scope>(['systems:provision']),
    tenants: [tenantId],
    onBehalfOf,
  };
}

/** Access Control that looks at what the systems hold of all tenants, in order to compare it with the registry. */
export const registrySurveyViewer: Viewer = {
  ...systemViewer,
  scopes: new Set<Scope>(['systems:survey']),
};

/** Whether the tenant's rows exist for the viewer. */
export function reaches(viewer: Viewer, tenantId: string): boolean {
  return viewer.tenants === 'all' || viewer.tenants.includes(tenantId);
}

/** The viewer with exactly one tenant's rows, for a use case that may touch no other. */
export function withinTenant(viewer: Viewer, tenantId: string): Viewer {
  return { ...viewer, tenants: [tenantId] };
}

/**
 * Whether the viewer leaves leads for a tenant that its token lets it write for: by the tenant's UUID, or anywhere for a
 * caller of the whole platform. Everyone else is the public, whatever token they hold. `tenantId` is `null` where the lead
 * names its tenant by the slug.
 */
export function isServiceOf(viewer: Viewer, tenantId: string | null): boolean {
  if (!viewer.scopes.has('crm:write')) return false;
  return viewer.tenants === 'all' || (tenantId !== null && reaches(viewer, tenantId));
}
