import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { allScopes, roles } from '../../shared/identity/policy';
import { viewerOfToken } from './viewer-of-token';

const A = 'aaaaaaaa-0000-4000-8000-000000000001';
const B = 'bbbbbbbb-0000-4000-8000-000000000002';
const viewer = (claims: JWTPayload) => viewerOfToken({ sub: 'someone', ...claims });
const scopesOf = (claims: JWTPayload) => [...viewer(claims).scopes].sort();

test.each([
  ['a list of names', ['TENANT_EDITOR', 'crm-admin']],
  ['unknown names among them', ['uma_authorization', 'toString', 'tenant-editor', 'CRM_ADMIN']],
])('the roles may be %s', (_what, names) => {
  const both = new Set([...roles.TENANT_EDITOR.scopes, ...roles.CRM_ADMIN.scopes]);
  expect(scopesOf({ roles: names, tenants: [A] })).toEqual([...both].sort());
});

test('a single role may stand without a list', () => {
  expect(scopesOf({ roles: 'platform-auditor' })).toEqual([...roles.PLATFORM_AUDITOR.scopes].sort());
});

test('a token without roles may do nothing and reaches nobody', () => {
  expect(viewer({})).toEqual({
    subject: 'someone',
    kind: 'user',
    scopes: new Set(),
    tenants: [],
    onBehalfOf: null,
  });
});

test.each([
  ['a platform role', { roles: ['PLATFORM_AUDITOR'] }, 'all'],
  ['a platform role with tenants', { roles: ['PLATFORM_ADMIN'], tenants: [A] }, [A]],
  ['a platform role with an empty list', { roles: ['PLATFORM_ADMIN'], tenants: [] }, []],
  ['a tenant’s role without tenants', { roles: ['TENANT_OWNER'] }, []],
  ['a tenant’s role with tenants', { roles: ['TENANT_OWNER'], tenants: [A.toUpperCase(), B, A] }, [A, B]],
  ['a service', { roles: ['SERVICE'] }, 'all'],
  ['a service with tenants', { roles: ['SERVICE'], tenants: [B] }, [B]],
  ['an unknown role', { roles: ['PLATFORM_GOD'] }, []],
])('%s reaches its tenants', (_what, claims, tenants) => {
  expect(viewer(claims).tenants).toEqual(tenants);
});

test('a tenant’s role does not write everywhere because a platform role reads everywhere', () => {
  const mixed = { roles: ['PLATFORM_AUDITOR', 'TENANT_ADMIN'] };
  expect(viewer(mixed).tenants).toBe('all');
  expect(scopesOf(mixed)).toEqual([...roles.PLATFORM_AUDITOR.scopes].sort());
  expect(viewer({ ...mixed, tenants: [A] }).tenants).toEqual([A]);
  expect(scopesOf({ ...mixed, tenants: [A] })).toContain('crm:write');
});

test('a service has the scopes of its token and no others', () => {
  expect(viewer({ roles: ['SERVICE'] }).scopes.size).toBe(0);
  expect(scopesOf({ roles: ['SERVICE'], scope: 'crm:read openid crm:write' })).toEqual([
    'crm:read',
    'crm:write',
  ]);
  expect(viewer({ roles: ['SERVICE'] }).kind).toBe('service');
});

test('the scope of a token gives a person nothing and takes nothing away', () => {
  expect(scopesOf({ roles: ['TENANT_VIEWER'], tenants: [A], scope: allScopes.join(' ') })).toEqual(
    [...roles.TENANT_VIEWER.scopes].sort(),
  );
});

test('who acts for another is the subject, and the other is named beside it', () => {
  expect(viewer({ sub: 'customer', act: { sub: 'support-desk' } })).toMatchObject({
    subject: 'support-desk',
    onBehalfOf: 'customer',
  });
});

test.each([
  ['sub', { sub: undefined }],
  ['sub', { sub: '' }],
  ['sub', { sub: 'x'.repeat(256) }],
  ['sub', { sub: 'with\u0000zero' }],
  ['roles', { roles: 7 }],
  ['roles', { roles: [null] }],
  ['roles', { roles: { admin: true } }],
  ['tenants', { tenants: A }],
  ['tenants', { tenants: null }],
  ['tenants', { tenants: ['digiwedge'] }],
  ['tenants', { tenants: [A, 7] }],
  ['tenants', { tenants: Array.from({ length: 101 }, () => randomUUID()) }],
  ['scope', { scope: ['crm:read'] }],
  ['act', { act: 'support-desk' }],
  ['act.sub', { act: {} }],
])('a claim `%s` of another shape is refused: %j', (name, claims: JWTPayload) => {
  expect(() => viewer(claims)).toThrow(
    expect.objectContaining({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(`\`${name}\``),
    }),
  );
});

test('a hundred tenants may be named', () => {
  const tenants = Array.from({ length: 100 }, () => randomUUID());
  expect(viewer({ roles: ['CRM_VIEWER'], tenants }).tenants).toEqual(tenants);
});
