import { CodedError } from '../../../shared/errors/coded-error';
import type { DirectoryTenant } from '../../../shared/tenancy/tenant-directory';
import { acceptsLeads, acceptsLeadsById, assertReachable, consentTime, digestOfLead } from './lead-rules';

const now = new Date('2026-03-01T10:00:00.000Z');
const earlier = new Date('2026-02-28T10:00:00.000Z');
const fiveMinutesAhead = new Date('2026-03-01T10:05:00.000Z');

test.each([
  ['no consent', {}, null],
  ['refused consent', { consentGiven: false }, null],
  ['consent without a time', { consentGiven: true }, now],
  ['consent with a time', { consentGiven: true, consentAt: earlier }, earlier],
  ['a clock five minutes ahead', { consentGiven: true, consentAt: fiveMinutesAhead }, fiveMinutesAhead],
])('%s', (_name, consent, time) => {
  expect(consentTime(consent, now)).toEqual(time);
});

test.each([
  ['a time without consent', { consentAt: earlier }],
  ['a time with refused consent', { consentGiven: false, consentAt: earlier }],
  ['a time in the future', { consentGiven: true, consentAt: new Date('2026-03-01T10:05:00.001Z') }],
])('%s is refused', (_name, consent) => {
  expect(() => consentTime(consent, now)).toThrow(CodedError);
});

test.each([
  [{ email: 'jo@example.com' }, true],
  [{ phoneNumber: '+27821234567' }, true],
  [{ email: null, phoneNumber: null }, false],
  [{}, false],
])('%j can be reached: %s', (lead, isReachable) => {
  const check = () => assertReachable(lead, 'input');
  if (isReachable) expect(check).not.toThrow();
  else expect(check).toThrow(CodedError);
});

const tenant: DirectoryTenant = {
  id: 'fd3c07a1-8038-5e37-beb6-537fda68d644',
  slug: 'digiwedge',
  displayName: 'DigiWedge',
  status: 'ACTIVE',
  createdAt: now,
  updatedAt: now,
  sclTenantCode: null,
  messagingTenantId: null,
  enabledSystems: { scl: false, teetime: false, messaging: false, crm: true },
};

test.each([
  ['a tenant with CRM', tenant, true, true],
  ['no tenant', null, false, false],
  ['a disabled tenant', { ...tenant, status: 'DISABLED' as const }, false, false],
  ['a tenant without a registry entry', { ...tenant, enabledSystems: null }, false, true],
  [
    'a tenant without CRM',
    { ...tenant, enabledSystems: { scl: true, teetime: true, messaging: true, crm: false } },
    false,
    false,
  ],
])('%s accepts leads of the public: %s; by its UUID: %s', (_name, candidate, accepts, acceptsById) => {
  expect([acceptsLeads(candidate), acceptsLeadsById(candidate)]).toEqual([accepts, acceptsById]);
});

test('equal inputs have equal digests, whatever their order and their empty fields', () => {
  const first = { email: 'jo@example.com', consentGiven: false, idempotencyKey: 'a', company: null };
  expect(digestOfLead(first)).toBe(digestOfLead({ idempotencyKey: 'b', email: 'jo@example.com' }));
});

test('another field or another value has another digest', () => {
  const digests = [
    { email: 'jo@example.com' },
    { email: 'jo@example.com', consentGiven: true },
    { email: 'jo@example.com', consentGiven: true, consentAt: earlier },
    { email: 'jo@example.com', company: 'Jo' },
    { email: 'jo@example.com', firstName: 'Jo' },
  ].map(digestOfLead);
  expect(new Set(digests).size).toBe(digests.length);
});
