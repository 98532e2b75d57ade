import type { SubgraphName } from '../subgraph/names';
import type { EventPayload, EventType } from './event-catalogue';

/** The tenant of an event, as Access Control knew it when it happened. */
interface EventTenant {
  id: string;
  slug: string;
}

/** What a use case says of an event; the rest follows from the call and the catalogue. */
export type NewEvent = {
  [Type in EventType]: {
    type: Type;
    /** The key by which this system knows the tenant; its events follow one another. */
    tenantKey: string;
    /** `null` where no tenant has the key yet. */
    tenant: EventTenant | null;
    payload: EventPayload<Type>;
  };
}[EventType];

/** An event as every consumer gets it, in the platform's own envelope. */
export type EventEnvelope = {
  [Type in EventType]: {
    /** UUID; a repeated event has the same one. */
    id: string;
    type: Type;
    version: string;
    /** ISO 8601. */
    timestamp: string;
    /** The tenant's UUID; `null`, as its slug, where no tenant had the system's key. */
    tenantId: string | null;
    tenantSlug: string | null;
    source: SubgraphName;
    payload: EventPayload<Type>;
    metadata: {
      /** Who made the change: the subject of the token, `anonymous`, or `tenant-graph` for the graph itself. */
      userId: string;
      /** The `x-request-id` of the request. */
      correlationId: string;
    };
  };
}[EventType];
