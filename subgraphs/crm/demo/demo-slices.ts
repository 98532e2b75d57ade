import type { DemoTenant } from '../../../shared/demo/demo-tenants';

/** A run of numbered rows of one tenant. */
export interface DemoSlice {
  tenant: DemoTenant;
  from: number;
  to: number;
}

/** Rows that one statement writes, so that none of them runs into the statement's time limit. */
const ROWS_A_STATEMENT = 20_000;

/** The rows of all tenants in portions for one statement each. */
export function demoSlices(tenants: DemoTenant[], countOf: (tenant: DemoTenant) => number): DemoSlice[][] {
  const portions: DemoSlice[][] = [];
  let room = 0;
  for (const tenant of tenants) {
    for (let from = 1; from <= countOf(tenant); ) {
      if (room === 0) {
        portions.push([]);
        room = ROWS_A_STATEMENT;
      }
      const to = Math.min(countOf(tenant), from + room - 1);
      portions.at(-1)?.push({ tenant, from, to });
      room -= to - from + 1;
      from = to + 1;
    }
  }
  return portions;
}
