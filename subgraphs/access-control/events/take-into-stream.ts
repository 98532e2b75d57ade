import sql from 'sql-template-tag';
import type { DatabasePool } from '../../../shared/database/database';
import { storableJson } from '../../../shared/database/storable-json';
import type { TakeEvents } from '../../../shared/events/delivery/receive-events';
import type { EventEnvelope } from '../../../shared/events/event';
import { announcement } from '../../../shared/events/outbox';
import { systemViewer } from '../../../shared/identity/viewer';
import { NO_TENANT } from '../../../shared/tenancy/no-tenant';

/**
 * Takes another system's events into Access Control's outbox, which is the platform's stream: behind the tenant's events
 * that are there, with the time and the id that they have. One that is there already stays as it is.
 */
export function takeIntoStream(pool: DatabasePool): TakeEvents {
  return async (events, call) => {
    await pool.forCall({ ...call, viewer: systemViewer }).transaction(async (transaction) => {
      await transaction.rows(sql`
        INSERT INTO access_control.outbox_event (id, tenant_key, tenant_id, tenant_slug, type, version, source, payload,
          user_id, correlation_id, occurred_at)
        SELECT id, tenant_key, tenant_id, tenant_slug, type, version, source, payload, user_id, correlation_id,
          occurred_at
        FROM ROWS FROM (jsonb_to_recordset(${storableJson(events.map(rowOf))}::jsonb) AS (
          id uuid, tenant_key uuid, tenant_id uuid, tenant_slug text, type text, version text, source text,
          payload jsonb, user_id text, correlation_id text, occurred_at timestamptz
        )) WITH ORDINALITY AS handed(id, tenant_key, tenant_id, tenant_slug, type, version, source, payload, user_id,
          correlation_id, occurred_at, place)
        ORDER BY place
        ON CONFLICT (id) DO NOTHING`);
      for (const tenantKey of new Set(events.map(streamOf)))
        await transaction.enqueue(announcement(tenantKey));
    });
    return { taken: events.length, refusal: null };
  };
}

const streamOf = ({ tenantId }: EventEnvelope) => tenantId ?? NO_TENANT;

function rowOf(event: EventEnvelope) {
  const { id, type, version, timestamp, tenantId, tenantSlug, source, payload, metadata } = event;
  return {
    id,
    tenant_key: streamOf(event),
    tenant_id: tenantId,
    tenant_slug: tenantSlug,
    type,
    version,
    source,
    payload,
    user_id: metadata.userId,
    correlation_id: metadata.correlationId,
    occurred_at: timestamp,
  };
}
