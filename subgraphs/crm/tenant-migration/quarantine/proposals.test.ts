import { proposeTenant } from './proposals';

const yolo = { id: '206329dc-f273-5743-8f7e-b6f60d9e528b', slug: 'yolo' };
const club = { id: '0b2f0a3c-1111-4c1e-9a39-7f6f0c9d2b11', slug: 'ocean-view' };
const known = {
  tenants: [yolo, club],
  formerSlugs: [
    { slug: 'oceanview', tenantId: club.id },
    { slug: 'gone', tenantId: '7a4e4a5e-2222-4c1e-9a39-7f6f0c9d2b22' },
  ],
};

test.each([
  ['Yolo ', yolo, 'SPELLING'],
  ['\tYOLO\n', yolo, 'SPELLING'],
  ['yo\u200blo', yolo, 'SPELLING'],
  ['ｙｏｌｏ', yolo, 'SPELLING'],
  ['Ocean View', club, 'SPELLING'],
  ['ocean_view', club, 'SPELLING'],
  ['206329DC-F273-5743-8F7E-B6F60D9E528B', yolo, 'UUID'],
  ['OceanView', club, 'FORMER_SLUG'],
] as const)('%j may mean a tenant', (text, tenant, why) => {
  expect(proposeTenant(text, known)).toEqual({ tenantId: tenant.id, slug: tenant.slug, why });
});

test.each([null, '', '   ', '--', 'yoloo', 'yol', 'gone', 'ocean', '7a4e4a5e-2222-4c1e-9a39-7f6f0c9d2b22'])(
  '%j means nobody that is known',
  (text) => {
    expect(proposeTenant(text, known)).toBeNull();
  },
);
