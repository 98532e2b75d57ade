/** A tenant that a text of rows may mean, for an operator to decide. */
export interface Proposal {
  tenantId: string;
  slug: string;
  /** What speaks for it: written another way, the tenant's UUID, or a slug that it had. */
  why: 'SPELLING' | 'UUID' | 'FORMER_SLUG';
}

/** The tenants that CRM knows, and the slugs that they had. */
export interface KnownTenants {
  tenants: readonly { id: string; slug: string }[];
  formerSlugs: readonly { slug: string; tenantId: string }[];
}

/**
 * Proposes the tenant that an unknown text may mean: by blanks, case and separators alone, never by likeness, so that whatever is
 * proposed differs from a tenant's name in spelling and nothing else. A text without any letter means nobody. Source: A41.
 */
export function proposeTenant(text: string | null, { tenants, formerSlugs }: KnownTenants): Proposal | null {
  const plain = plainly(text ?? '');
  if (plain === '') return null;
  const propose = (why: Proposal['why'], tenant: { id: string; slug: string } | undefined) =>
    tenant ? { tenantId: tenant.id, slug: tenant.slug, why } : null;
  const former = formerSlugs.find(({ slug }) => slug === plain);
  return (
    propose(
      'SPELLING',
      tenants.find(({ slug }) => slug === plain),
    ) ??
    propose(
      'UUID',
      tenants.find(({ id }) => id === plain),
    ) ??
    propose(
      'FORMER_SLUG',
      tenants.find(({ id }) => id === former?.tenantId),
    )
  );
}

/** A text as a slug would be written. Invisible characters count as none, and what stands between words as a hyphen. */
function plainly(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim()
    .toLowerCase()
    .replace(/[\s_.-]+/g, '-')
    .replace(/^-|-$/g, '');
}
