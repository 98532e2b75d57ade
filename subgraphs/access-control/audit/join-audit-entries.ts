import type { AuditArguments, AuditEntry } from '../../../shared/audit/audit-entries';
import { auditSystemOf } from '../../../shared/audit/audit-entries';
import { auditViewer, reaches, withinTenant } from '../../../shared/identity/viewer';
import { parseUuid } from '../../../shared/input/parse-input';
import {
  type Connection,
  emptyConnection,
  type Page,
  parsePage,
} from '../../../shared/pagination/connection';
import { innerCall } from '../../../shared/subgraph/deadline';
import { type SubgraphName, subgraphNames } from '../../../shared/subgraph/names';
import { callOf, type SubgraphCall, type SubgraphTransport } from '../../../shared/subgraph/transport';
import { askOrTellOutage } from '../provisioning/ask-system';

const ENTRIES_OF_SYSTEM = `query AuditEntriesOfSystem($tenantId: ID!, $first: Int, $after: String, $filter: AuditFilter) {
  auditEntriesOfSystem(tenantId: $tenantId, first: $first, after: $after, filter: $filter) {
    edges {
      cursor
      node {
        id system position occurredAt actor onBehalfOf action recordType recordId before after requestId address hash
      }
    }
    pageInfo { hasNextPage }
  }
}`;
const COUNT_OF_SYSTEM = `query AuditCountOfSystem($tenantId: ID!, $filter: AuditFilter) {
  auditEntriesOfSystem(tenantId: $tenantId, first: 1, filter: $filter) { totalCount }
}`;

/**
 * A tenant's audit trail over all systems, newest first: asks each for its next page and joins them. A tenant that the
 * viewer does not reach has none. Throws `BAD_USER_INPUT`, or `SUBGRAPH_UNAVAILABLE` when a system does not answer.
 */
export async function joinAuditEntries(
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  call: SubgraphCall,
  args: AuditArguments,
): Promise<Connection<AuditEntry>> {
  const tenantId = parseUuid(args.tenantId, 'tenantId');
  const { first, after } = parsePage(args);
  if (!reaches(call.viewer, tenantId)) return emptyConnection();

  const asked = subgraphNames.filter(
    (name) => (args.filter?.system ?? auditSystemOf(name)) === auditSystemOf(name),
  );
  const onlyThisTenant = { ...callOf(call), viewer: withinTenant(auditViewer, tenantId) };
  const askAll = <Answer>(query: string, variables: object) =>
    Promise.all(
      asked.map((name) =>
        askOrTellOutage<Answer>(
          subgraphs[name],
          { query, variables: { ...variables } },
          innerCall(onlyThisTenant),
          `${auditSystemOf(name)} does not answer, so the audit trail would not be whole; ask other systems with filter.system`,
        ),
      ),
    );
  const pages = await askAll<Page<AuditEntry>>(ENTRIES_OF_SYSTEM, { ...args, tenantId });

  const found = pages.flatMap(({ edges }) => edges).sort((a, b) => newestFirst(a.node, b.node));
  const edges = found.slice(0, first);
  return {
    edges,
    pageInfo: {
      hasNextPage: found.length > first || pages.some(({ pageInfo }) => pageInfo.hasNextPage),
      hasPreviousPage: after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    async totalCount() {
      const variables = { tenantId, filter: args.filter };
      const counts = await askAll<{ totalCount: number }>(COUNT_OF_SYSTEM, variables);
      return counts.reduce((sum, { totalCount }) => sum + totalCount, 0);
    },
  };
}

/** As the systems order their own entries: by time, then by id. */
function newestFirst(a: AuditEntry, b: AuditEntry): number {
  const later = new Date(b.occurredAt).getTime() - new Date(a.occurredAt).getTime();
  return later || (a.id < b.id ? 1 : -1);
}
