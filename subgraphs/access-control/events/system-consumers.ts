import type { EventConsumer } from '../../../shared/events/delivery/event-consumer';
import { handToSubgraph } from '../../../shared/events/delivery/hand-to-subgraph';
import { retryForMinutes } from '../../../shared/events/delivery/retry-rules';
import { type EventType, eventCatalogue } from '../../../shared/events/event-catalogue';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphTransport } from '../../../shared/subgraph/transport';

/** Systems of the graph, which hear of what changes about tenants by their consumer `tenants`. */
const SYSTEMS = ['crm', 'teetime', 'scl', 'messaging'] as const satisfies SubgraphName[];

/** What says who a tenant is, which systems it may use, and that there may be none any more: a run took back what it made. */
const TENANT_TYPES = (Object.keys(eventCatalogue) as EventType[]).filter(
  (type) =>
    type === 'tenant.provisioning.compensated' ||
    (type.startsWith('tenant.') &&
      !type.startsWith('tenant.provisioning.') &&
      type !== 'tenant.registry.drift.found'),
);

export function systemConsumers(subgraphs: Record<SubgraphName, SubgraphTransport>): EventConsumer[] {
  return SYSTEMS.map((system) => ({
    name: `${system}.tenants`,
    queue: `events-${system}`,
    types: TENANT_TYPES,
    tenantKey: null,
    since: null,
    retry: retryForMinutes,
    handOver: handToSubgraph(subgraphs[system], { sender: 'access-control', consumer: 'tenants' }),
  }));
}
