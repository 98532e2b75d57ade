import { v5 as uuid5 } from 'uuid';

const NAMESPACE = uuid5('digiwedge.com', uuid5.DNS);

/**
 * The id of a platform-level tenant, the same in every environment: version 5 UUID of `tenant:<key>` in the
 * namespace of `digiwedge.com` (RFC 9562 section 5.5). Source: ADR-0003, "Well-Known Tenants".
 */
export function wellKnownTenantId(key: string): string {
  return uuid5(`tenant:${key}`, NAMESPACE);
}

export const DIGIWEDGE_TENANT_ID = 'fd3c07a1-8038-5e37-beb6-537fda68d644';
export const DIGIWEDGE_TENANT_NAME = 'DigiWedge';
export const DIGIWEDGE_TENANT_SLUG = 'digiwedge';

export const YOLO_TENANT_ID = '206329dc-f273-5743-8f7e-b6f60d9e528b';
export const YOLO_TENANT_NAME = 'Yolo';
export const YOLO_TENANT_SLUG = 'yolo';
