import { moveStage } from '../../subgraphs/crm/tenant-migration/schema/move-stage';
import { openOwner } from '../../subgraphs/crm/tenant-migration/schema/owner';
import type { Stage } from '../../subgraphs/crm/tenant-migration/schema/stage';
import type { TestDatabase } from '../testkit/test-database';

/** Moves a database's CRM to a stage. Returns what the move said. */
export async function moveCrm(database: Pick<TestDatabase, 'url'>, to: Stage): Promise<string[]> {
  const owner = await openOwner({ url: database.url }, { lockTimeoutMs: 500 });
  const lines: string[] = [];
  try {
    await moveStage(owner, to, { by: 'test', reporter: { report: (line) => lines.push(line) } });
  } finally {
    await owner.close();
  }
  return lines;
}
