import type { SystemKeys } from '../registry/replaced-keys';
import type { ProvisioningRequest } from './provisioning-input';
import { setUpOf } from './templates';

const tenant = { slug: 'protea-dunes', displayName: 'Protea Dunes' };
const named = { slug: tenant.slug, entry: null };
const CLUB = {
  scl: { code: 'PROTEA-DUNES', clubs: [] },
  teeTime: { clubIds: [], clubs: [] },
  messaging: { tenantId: 'protea-dunes', provider: 'internal' },
  crm: { enabled: true, templatePack: 'CLUB' },
};
const CORPORATE = { messaging: CLUB.messaging, crm: { enabled: true, templatePack: 'YOLO_B2B' } };
const { scl, messaging, crm } = CLUB;

test.each<[string, Omit<ProvisioningRequest, 'tenant'>, object]>([
  ['nothing', {}, {}],
  [
    'parts without a template',
    { scl: { code: 'X' }, billing: false },
    { scl: { code: 'X', clubs: [] }, billing: false },
  ],
  ['nulls without a template', { scl: null, crm: null, billing: null, payments: null }, {}],
  ['CLUB', { template: 'CLUB' }, CLUB],
  ['CORPORATE', { template: 'CORPORATE' }, CORPORATE],
  ['YOLO_B2B', { template: 'YOLO_B2B' }, { ...CORPORATE, billing: true }],
  ['a template that is null', { template: null, billing: true }, { billing: true }],
  ['a part that is switched off', { template: 'CLUB', teeTime: null }, { scl, messaging, crm }],
  ['all parts switched off', { template: 'CLUB', scl: null, teeTime: null, messaging: null, crm: null }, {}],
  ['billing switched off', { template: 'YOLO_B2B', billing: null }, CORPORATE],
  ['billing that is false', { template: 'YOLO_B2B', billing: false }, { ...CORPORATE, billing: false }],
  ['CRM disabled', { template: 'CLUB', crm: { enabled: false } }, { ...CLUB, crm: { enabled: false } }],
  [
    'CRM without the pack',
    { template: 'CLUB', crm: { enabled: true, templatePack: null } },
    { ...CLUB, crm: { enabled: true, templatePack: null } },
  ],
  [
    'another pack',
    { template: 'CLUB', crm: { enabled: true, templatePack: 'YOLO_B2B' } },
    { ...CLUB, crm: CORPORATE.crm },
  ],
  ['CRM as such', { template: 'CLUB', crm: { enabled: true } }, CLUB],
  ['another code', { template: 'CLUB', scl: { code: 'PD' } }, { ...CLUB, scl: { code: 'PD', clubs: [] } }],
  [
    'things that are given twice',
    {
      scl: { code: 'X', clubs: [{ name: 'One' }, { name: 'Two' }, { name: 'One' }] },
      teeTime: {
        clubIds: ['b', 'a', 'b'],
        clubs: [
          { clubCode: 'D', name: 'Dunes', location: null },
          { clubCode: 'E', name: 'Dunes' },
          { clubCode: 'D', name: 'Dunes' },
        ],
      },
      payments: { providers: ['stripe', 'peach', 'stripe'] },
    },
    {
      scl: { code: 'X', clubs: [{ name: 'One' }, { name: 'Two' }] },
      teeTime: {
        clubIds: ['b', 'a'],
        clubs: [
          { clubCode: 'D', name: 'Dunes', location: null },
          { clubCode: 'E', name: 'Dunes' },
        ],
      },
      payments: { providers: ['stripe', 'peach'] },
    },
  ],
  [
    'clubs under the template’s code',
    { template: 'CLUB', scl: { clubs: [{ name: 'One' }] } },
    { ...CLUB, scl: { code: 'PROTEA-DUNES', clubs: [{ name: 'One' }] } },
  ],
  [
    'a provider under the template’s id',
    { template: 'CORPORATE', messaging: { provider: 'twilio' } },
    { ...CORPORATE, messaging: { tenantId: 'protea-dunes', provider: 'twilio' } },
  ],
  [
    'a part that the template has not',
    { template: 'CORPORATE', scl: { code: 'X' } },
    { ...CORPORATE, scl: { code: 'X', clubs: [] } },
  ],
  [
    'parts that no template has',
    { template: 'CORPORATE', payments: { providers: ['stripe'] }, association: { provider: 'golfrsa' } },
    { ...CORPORATE, payments: { providers: ['stripe'] }, association: { provider: 'golfrsa' } },
  ],
])('%s', (_what, request, expected) => {
  expect(setUpOf({ tenant, ...request }, named)).toEqual(expected);
});

test.each<[Partial<SystemKeys>, object]>([
  [{ sclTenantCode: 'PD' }, { ...CLUB, scl: { ...scl, code: 'PD' } }],
  [{ messagingTenantId: 'pd' }, { ...CLUB, messaging: { ...messaging, tenantId: 'pd' } }],
])('a template keeps %j of a tenant that has it', (keys, expected) => {
  const entry = { sclTenantCode: null, messagingTenantId: null, ...keys };
  expect(setUpOf({ tenant, template: 'CLUB' }, { ...named, entry })).toEqual(expected);
});

test.each<[Omit<ProvisioningRequest, 'tenant'>, string]>([
  [{ scl: {} }, 'input.scl.code'],
  [{ template: 'CORPORATE', scl: {} }, 'input.scl.code'],
  [{ messaging: { provider: 'twilio' } }, 'input.messaging.tenantId'],
  [{ template: 'CLUB', messaging: { tenantId: null } }, 'input.messaging.tenantId'],
])('%j lacks %s', (request, path) => {
  expect(() => setUpOf({ tenant, ...request }, named)).toThrow(path);
});
