import sql from 'sql-template-tag';
import { anonymousViewer, systemViewer, withinTenant } from '../../../../shared/identity/viewer';
import { isRead, tenantsOf } from './which-reads';

const [ONE, TWO] = ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002'];

test.each([
  [sql`SELECT c.id FROM customer c WHERE c.id = ${ONE}`, true],
  [
    sql`
    SELECT own.* FROM unnest(${[ONE]}::uuid[]) AS t(id) CROSS JOIN LATERAL (SELECT 1 FROM segment s) own`,
    true,
  ],
  [sql`SELECT s.step_number FROM journey_step s`, true],
  [sql`SELECT c.id FROM crm_tenancy.customer_rows(${ONE}) c`, true],
  [sql`SELECT name FROM crm_tenancy.row_names()`, false],
  [sql`SELECT id FROM tenant WHERE id = ${ONE}`, false],
  [sql`SELECT c.id FROM customer c WHERE c.id = ${ONE} FOR KEY SHARE`, false],
  [sql`INSERT INTO lead (id) SELECT id FROM lead`, false],
  [sql`WITH gone AS (DELETE FROM lead RETURNING id) SELECT id FROM lead`, false],
  [sql`SELECT a.slug FROM tenant_slug_alias a`, false],
])('%j is looked at: %s', (statement, isLookedAt) => {
  expect(isRead(statement)).toBe(isLookedAt);
});

test('a read is about the tenants that it names, and those of the rows that it found', () => {
  const viewer = systemViewer;
  expect(tenantsOf(sql`SELECT ${[ONE, 'text']} ${7}`, [], { viewer })).toEqual([ONE]);
  expect(tenantsOf(sql`SELECT ${'text'}`, [{ tenantId: TWO }, { tenantId: TWO }, null], { viewer })).toEqual([
    TWO,
  ]);
});

test('one that found nothing may have missed a row of the viewer’s tenants', () => {
  expect(tenantsOf(sql`SELECT ${ONE}`, [], { viewer: withinTenant(systemViewer, TWO ?? '') })).toEqual([
    ONE,
    TWO,
  ]);
  expect(
    tenantsOf(sql`SELECT 1`, [{ tenantId: ONE }], { viewer: withinTenant(systemViewer, TWO ?? '') }),
  ).toEqual([ONE]);
  expect(tenantsOf(sql`SELECT 1`, [], { viewer: anonymousViewer })).toEqual([]);
});
