import { demoTenants } from '../../../shared/demo/demo-tenants';
import { demoSlices } from './demo-slices';

test.each([
  [{ tenants: 12, customers: 480 }, 1],
  [{ tenants: 3, customers: 100_000 }, 5],
  [{ tenants: 12, customers: 0 }, 0],
])('%j is written in %i statements, every row once', (size, statements) => {
  const tenants = demoTenants(size);
  const portions = demoSlices(tenants, ({ customers }) => customers);
  expect(portions).toHaveLength(statements);
  for (const tenant of tenants) {
    const own = portions.flat().filter((slice) => slice.tenant === tenant);
    expect(own.reduce((count, { from, to }) => count + to - from + 1, 0)).toBe(tenant.customers);
    for (const [index, slice] of own.entries()) expect(slice.from).toBe((own[index - 1]?.to ?? 0) + 1);
  }
});
