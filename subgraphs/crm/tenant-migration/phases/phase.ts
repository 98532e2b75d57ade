/** Where a tenant is on its way from slugs to UUIDs. Source: seed A17–A31. */
export type TenantPhase = (typeof tenantPhases)[number];

/** The phases in their order. */
export const tenantPhases = ['LEGACY', 'DUAL_WRITE', 'CUTOVER', 'COMPLETE'] as const;

export function isTenantPhase(text: string): text is TenantPhase {
  return tenantPhases.some((phase) => phase === text);
}

export function isBefore(phase: TenantPhase, other: TenantPhase): boolean {
  return tenantPhases.indexOf(phase) < tenantPhases.indexOf(other);
}

/** The phases after `from` up to `to`, in the order in which a tenant takes them. */
export function phasesUpTo(from: TenantPhase, to: TenantPhase): TenantPhase[] {
  return tenantPhases.filter((phase) => isBefore(from, phase) && !isBefore(to, phase));
}
