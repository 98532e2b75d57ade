import type { TestGraph } from '../testkit/graph';

/** Has a tenant be in a phase, whatever stands before it. */
export async function setPhase(graph: TestGraph, tenantId: string, phase: string): Promise<void> {
  await graph.database.query(
    `INSERT INTO crm_tenancy.tenant_phase (tenant_id, phase, changed_by) VALUES ($1, $2, 'test')
     ON CONFLICT (tenant_id) DO UPDATE SET phase = excluded.phase`,
    [tenantId, phase],
  );
}
