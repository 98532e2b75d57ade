import type { FoundOfTenant } from '../holdings/found-of-tenant';
import type { RegistryEntry } from '../registry/tenant-registry.entity';
import { hasMissingKeys, type ImportProposal, type KeyOwners, proposeImport } from './propose-import';

const OWN = 'own';
const OTHER = 'other';
const nothingFound: FoundOfTenant = { sclCodes: [], messagingIds: [], clubs: [], crmCopy: null };
const nobodys: KeyOwners = {
  sclTenantCodes: new Map(),
  messagingTenantIds: new Map(),
  crmTenantIds: new Map(),
  teeTimeClubIds: new Map(),
};
const nothing: ImportProposal = {
  isNewEntry: false,
  sclTenantCode: null,
  messagingTenantId: null,
  crmTenantId: null,
  teeTimeClubIds: [],
  conflicts: [],
};
const club = (id: string) => ({ id, clubCode: id, tenantId: OWN });
const entryOf = (fields: Partial<RegistryEntry>) =>
  ({
    sclTenantCode: null,
    messagingTenantId: null,
    crmTenantId: null,
    teeTimeClubIds: [],
    ...fields,
  }) as RegistryEntry;

function propose(
  entry: Partial<RegistryEntry> | null,
  found: Partial<FoundOfTenant>,
  owners: Partial<KeyOwners> = {},
): ImportProposal {
  const of = { tenantId: OWN, entry: entry && entryOf(entry) };
  return proposeImport(of, { ...nothingFound, ...found }, { ...nobodys, ...owners });
}

test('a tenant without an entry gets one, whatever is found', () => {
  const proposal = propose(null, {});
  expect(proposal).toEqual({ ...nothing, isNewEntry: true, crmTenantId: OWN });
  expect(hasMissingKeys(proposal)).toBe(true);
});

test('an entry that says all there is lacks nothing', () => {
  const found = {
    sclCodes: ['A'],
    messagingIds: ['a'],
    clubs: [club('1')],
    crmCopy: { key: OWN, slug: 'a', hasRows: true },
  };
  const entry = { sclTenantCode: 'A', messagingTenantId: 'a', crmTenantId: OWN, teeTimeClubIds: ['1'] };
  expect(propose(entry, found)).toEqual(nothing);
  expect(hasMissingKeys(nothing)).toBe(false);
});

test.each<[string, Partial<FoundOfTenant>, Partial<ImportProposal>]>([
  ['an SCL code', { sclCodes: ['A'] }, { sclTenantCode: 'A' }],
  ['a Messaging id', { messagingIds: ['a'] }, { messagingTenantId: 'a' }],
  ['rows in CRM', { crmCopy: { key: OWN, slug: 'a', hasRows: true } }, { crmTenantId: OWN }],
  ['clubs', { clubs: [club('1'), club('2')] }, { teeTimeClubIds: ['2'] }],
])('an entry gets %s that were found', (_what, found, expected) => {
  expect(propose({ teeTimeClubIds: ['1'] }, found)).toEqual({ ...nothing, ...expected });
});

test('a key that the entry has stays, whatever is found beside it', () => {
  const entry = { sclTenantCode: 'B', messagingTenantId: 'b', crmTenantId: 'old' };
  const found = { sclCodes: ['A'], messagingIds: ['a'], crmCopy: { key: OWN, slug: 'a', hasRows: true } };
  expect(propose(entry, found)).toEqual(nothing);
});

test('CRM’s copy alone is no reason for a key', () => {
  expect(propose({}, { crmCopy: { key: OWN, slug: 'a', hasRows: false } })).toEqual(nothing);
});

test('what another tenant has is a conflict, and the rest is proposed', () => {
  const owners = {
    sclTenantCodes: new Map([['A', OTHER]]),
    teeTimeClubIds: new Map([
      ['1', OTHER],
      ['2', OWN],
    ]),
  };
  const proposal = propose({}, { sclCodes: ['A', 'a'], clubs: [club('1'), club('2'), club('3')] }, owners);
  expect(proposal).toMatchObject({ sclTenantCode: 'a', teeTimeClubIds: ['2', '3'] });
  expect(proposal.conflicts).toMatchObject([
    { system: 'SCL', kind: 'TAKEN', key: 'A' },
    { system: 'TEETIME', kind: 'TAKEN', key: '1' },
  ]);
});

test('of several keys none is chosen', () => {
  const proposal = propose({}, { messagingIds: ['a', 'A'] });
  expect(proposal.messagingTenantId).toBeNull();
  expect(proposal.conflicts.map(({ kind, key }) => [kind, key])).toEqual([
    ['AMBIGUOUS', 'a'],
    ['AMBIGUOUS', 'A'],
  ]);
  expect(hasMissingKeys(proposal)).toBe(false);
});

test('clubs beyond a thousand are conflicts', () => {
  const teeTimeClubIds = Array.from({ length: 999 }, (_, index) => `mapped ${index}`);
  const proposal = propose({ teeTimeClubIds }, { clubs: [club('1'), club('2')] });
  expect(proposal.teeTimeClubIds).toEqual(['1']);
  expect(proposal.conflicts).toMatchObject([{ system: 'TEETIME', kind: 'TOO_MANY', key: '2' }]);
});

test('a tenant whose UUID is another tenant’s key in CRM gets no entry', () => {
  const proposal = propose(null, { sclCodes: ['A'] }, { crmTenantIds: new Map([[OWN, OTHER]]) });
  expect(proposal).toMatchObject({ ...nothing, conflicts: [{ system: 'CRM', kind: 'TAKEN', key: OWN }] });
});
