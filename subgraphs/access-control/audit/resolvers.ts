import type { AuditArguments } from '../../../shared/audit/audit-entries';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphTransport } from '../../../shared/subgraph/transport';
import type { Context } from '../context';
import { joinAuditEntries } from './join-audit-entries';

export function auditTrailResolvers(subgraphs: Record<SubgraphName, SubgraphTransport>) {
  return {
    Query: {
      auditEntries: (_root: unknown, args: AuditArguments, context: Context) =>
        joinAuditEntries(subgraphs, context, args),
    },
  };
}
