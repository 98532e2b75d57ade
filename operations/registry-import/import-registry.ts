import type { AskGraph } from '../provisioning/ask-graph';

const SYSTEMS = ['SCL', 'TEETIME', 'MESSAGING', 'CRM'] as const;

type System = (typeof SYSTEMS)[number];

/** What the entry of a tenant lacks, as the graph answers it. */
export interface TenantImport {
  tenant: { id: string; slug: string };
  isNewEntry: boolean;
  sclTenantCode: string | null;
  messagingTenantId: string | null;
  crmTenantId: string | null;
  teeTimeClubIds: string[];
  conflicts: { system: System; kind: string; key: string; message: string }[];
}

export interface Orphan {
  system: System;
  key: string;
}

export interface ImportReport {
  /** `PLANNED` is what a dry run answers that found something, `IMPORTED` what wrote something. */
  outcome: 'NOTHING_TO_DO' | 'PLANNED' | 'IMPORTED' | 'CONFLICTS';
  examined: number;
  /** The tenants whose entries lacked something; with `apply` as it was written. */
  imports: TenantImport[];
  orphans: Orphan[];
}

/** One page as it was looked at, and with `apply` written. */
export interface ImportProgress {
  examined: number;
  imports: TenantImport[];
}

export interface ImportOptions {
  /** Write; otherwise nothing is changed. */
  apply: boolean;
  onPage: (page: ImportProgress) => void;
}

interface Connection<Node> {
  examined: number;
  edges: { node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const TENANTS_A_PAGE = 50;
const KEYS_A_PAGE = 100;
const FIELDS = `tenant { id slug } isNewEntry sclTenantCode messagingTenantId crmTenantId teeTimeClubIds
  conflicts { system kind key message }`;
const PAGE = `query ImportPage($first: Int, $after: String) {
  page: registryImport(first: $first, after: $after) {
    examined edges { node { ${FIELDS} } } pageInfo { hasNextPage endCursor }
  }
}`;
const IMPORT = `mutation Import($tenantIds: [ID!]!) {
  importRegistryEntries(tenantIds: $tenantIds, dryRun: false) { ${FIELDS} }
}`;
const ORPHANS = `query Orphans($system: TenantSystem!, $first: Int, $after: String) {
  page: registryOrphans(system: $system, first: $first, after: $after) {
    examined edges { node { system key } } pageInfo { hasNextPage endCursor }
  }
}`;

/**
 * Compares the registry with what the systems hold, tenant by tenant, writes what entries lack where `apply` says so, and
 * lists what no tenant claims. Throws what `ask` throws.
 */
export async function importRegistry(ask: AskGraph, { apply, onPage }: ImportOptions): Promise<ImportReport> {
  let examined = 0;
  const imports: TenantImport[] = [];
  for await (const page of pagesOf<TenantImport>(ask, PAGE, { first: TENANTS_A_PAGE })) {
    const found = page.edges.map(({ node }) => node);
    const written = apply ? await write(ask, found) : found;
    examined += page.examined;
    imports.push(...written);
    onPage({ examined: page.examined, imports: written });
  }
  const orphans: Orphan[] = [];
  for (const system of SYSTEMS) {
    for await (const page of pagesOf<Orphan>(ask, ORPHANS, { system, first: KEYS_A_PAGE })) {
      orphans.push(...page.edges.map(({ node }) => node));
    }
  }
  return { outcome: outcomeOf(imports, apply), examined, imports, orphans };
}

/** Whether a tenant's entry lacks anything that can be written. */
export function lacksAnything(of: TenantImport): boolean {
  const keys = [of.sclTenantCode, of.messagingTenantId, of.crmTenantId, ...of.teeTimeClubIds];
  return of.isNewEntry || keys.some((key) => key !== null);
}

async function write(ask: AskGraph, found: TenantImport[]): Promise<TenantImport[]> {
  const tenantIds = found.filter(lacksAnything).map(({ tenant }) => tenant.id);
  if (tenantIds.length === 0) return found;
  const { importRegistryEntries: written } = await ask<{ importRegistryEntries: TenantImport[] }>(IMPORT, {
    tenantIds,
  });
  return [...written, ...found.filter(({ tenant }) => !tenantIds.includes(tenant.id))];
}

function outcomeOf(imports: readonly TenantImport[], apply: boolean): ImportReport['outcome'] {
  if (imports.some(({ conflicts }) => conflicts.length > 0)) return 'CONFLICTS';
  if (!imports.some(lacksAnything)) return 'NOTHING_TO_DO';
  return apply ? 'IMPORTED' : 'PLANNED';
}

async function* pagesOf<Node>(
  ask: AskGraph,
  query: string,
  variables: Record<string, unknown>,
): AsyncGenerator<Connection<Node>> {
  for (let after: string | null = null, more = true; more; ) {
    const { page }: { page: Connection<Node> } = await ask(query, { ...variables, after });
    yield page;
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
}
