import { DIGIWEDGE_TENANT_ID, wellKnownTenantId, YOLO_TENANT_ID } from './well-known-tenants';

test('the constants are what the rule derives', () => {
  expect(wellKnownTenantId('digiwedge-corporate')).toBe(DIGIWEDGE_TENANT_ID);
  expect(wellKnownTenantId('yolo')).toBe(YOLO_TENANT_ID);
});
