import { deliveringViewer } from '../../shared/identity/viewer';
import { systemCall } from '../../shared/subgraph/transport';
import type { TestGraph } from '../testkit/graph';

const RECEIVE = `mutation ($events: [HandedEvent!]!) {
  receiveEvents(consumer: "tenants", events: $events) { taken refusal } }`;

/** An event of Access Control's as it hands it over. */
export interface HandedEvent {
  id: string;
  type: string;
  version: string;
  timestamp: string;
  tenantId: string;
  tenantSlug: string;
  source: 'access-control';
  payload: Record<string, unknown>;
  metadata: { userId: string; correlationId: string };
}

/** The events of a tenant in Access Control's outbox, oldest first. */
export async function eventsOf(graph: TestGraph, tenantId: string): Promise<HandedEvent[]> {
  const rows = await graph.database.query<{ event: HandedEvent }>(
    `SELECT json_build_object('id', id, 'type', type, 'version', version, 'source', source, 'payload', payload,
       'timestamp', to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'tenantId', tenant_id,
       'tenantSlug', tenant_slug, 'metadata', json_build_object('userId', user_id, 'correlationId', correlation_id)) AS event
     FROM access_control.outbox_event WHERE tenant_key = $1 AND type NOT LIKE 'tenant.provisioning.%' ORDER BY position`,
    [tenantId],
  );
  return rows.map(({ event }) => event);
}

/**
 * Hands events to CRM's consumer itself, in the one-process shape, as Access Control does; its answer is waited for so
 * many milliseconds. Answers what CRM took, or the code of its error.
 */
export async function handOver(
  graph: TestGraph,
  events: HandedEvent[],
  milliseconds = 10_000,
): Promise<{ taken: number; refusal: string | null } | string> {
  const call = { ...systemCall('test', milliseconds), viewer: deliveringViewer('access-control') };
  const { data, errors } = await graph
    .subgraph('crm')
    .execute({ query: RECEIVE, variables: { events } }, call);
  const answer = data as { receiveEvents: { taken: number; refusal: string | null } } | null;
  return answer?.receiveEvents ?? String(errors?.[0]?.extensions?.['code']);
}

/** CRM's copy of a tenant, without the times of Access Control. */
export async function copyOf(graph: TestGraph, id: string) {
  const [copy] = await graph.database.query<{ slug: string; status: string; syncedAt: Date }>(
    'SELECT slug, status, synced_at AS "syncedAt" FROM crm.tenant WHERE id = $1',
    [id],
  );
  return copy ?? null;
}
