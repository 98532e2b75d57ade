import { deprecatedUsesIn, extensionsOf } from './deprecated-use';

const use = { field: 'input.tenantId', use: 'input.tenantSlug', tenant: 'yolo', until: 'its cutover' };

test('an answer tells each use once, and of none without extensions', () => {
  expect(extensionsOf([use, { ...use }, { ...use, tenant: 'club' }])).toEqual({
    deprecation: [use, { ...use, tenant: 'club' }],
  });
  expect(extensionsOf([])).toBeUndefined();
  expect(extensionsOf()).toBeUndefined();
});

test('it tells of twenty at most', () => {
  const uses = Array.from({ length: 30 }, (_, n) => ({ ...use, tenant: `club-${n}` }));
  expect(extensionsOf(uses)?.['deprecation']).toHaveLength(20);
  expect(deprecatedUsesIn({ deprecation: uses })).toHaveLength(20);
});

test.each([
  undefined,
  {},
  { deprecation: 'text' },
  { deprecation: [null, 'text', {}, { ...use, until: 7 }, { ...use, field: 'x'.repeat(501) }] },
])('what another process says otherwise is none: %j', (extensions) => {
  expect(deprecatedUsesIn(extensions)).toEqual([]);
});
