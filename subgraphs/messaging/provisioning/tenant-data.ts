import sql from 'sql-template-tag';
import type { TenantData } from '../../../shared/provisioning/tenant-data';

const isOfTenant = (messagingTenantId: string) => sql`own.messaging_tenant_id = ${messagingTenantId}`;

/** Everything that Messaging holds under an id, children first. */
export const messagingTenantData: TenantData = [
  {
    table: 'messaging.contact',
    key: [
      { column: 'created_at', type: 'timestamptz' },
      { column: 'id', type: 'uuid' },
    ],
    isOfTenant,
  },
  {
    table: 'messaging.messaging_tenant',
    key: [{ column: 'messaging_tenant_id', type: 'text' }],
    isOfTenant,
  },
];
