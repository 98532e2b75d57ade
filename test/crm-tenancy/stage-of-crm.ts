import { moveStage } from '../../subgraphs/crm/tenant-migration/schema/move-stage';
import { openOwner } from '../../subgraphs/crm/tenant-migration/schema/owner';
import type { Stage } from '../../subgraphs/crm/tenant-migration/schema/stage';
import type { TestDatabase } from '../testkit/test-database';

/** Moves a database's CRM to a stage. Returns what the move said, of which `onLine` hears at once. */
export async function moveCrm(
  database: Pick<TestDatabase, 'url'>,
  to: Stage,
  { signal, onLine }: { signal?: AbortSignal; onLine?: (line: string) => void } = {},
): Promise<string[]> {
  const owner = await openOwner({ url: database.url }, { lockTimeoutMs: 500 });
  const lines: string[] = [];
  const report = (line: string) => {
    lines.push(line);
    onLine?.(line);
  };
  try {
    await moveStage(owner, to, { by: 'test', reporter: { report }, signal });
  } finally {
    await owner.close();
  }
  return lines;
}

/** Begins a move and breaks it off before it does what it says in the line that begins so. */
export async function breakMoveOff(
  database: Pick<TestDatabase, 'url'>,
  to: Stage,
  before: string,
): Promise<void> {
  const end = new AbortController();
  const onLine = (line: string) => {
    if (line.startsWith(before)) end.abort();
  };
  await expect(moveCrm(database, to, { signal: end.signal, onLine })).rejects.toMatchObject({
    name: 'AbortError',
  });
}
