import type { SqlRunner } from '../../../../shared/database/database';
import { agreeRows } from '../phases/agree-rows';
import { mendDuplicates } from '../quarantine/duplicates';
import { surveySlugs } from '../quarantine/list-quarantine';
import { detachOrphans } from '../quarantine/orphans';
import { retireSlug } from '../quarantine/retire-slug';
import type { Owner } from '../schema/owner';

/** Decides everything that waits for a person, in the bluntest way: on a copy, to see what comes after it. */
export async function mendEverything(owner: Owner, { by }: { by: string }): Promise<void> {
  await toTheEnd(owner, (tx) => mendDuplicates(tx, { by }));
  await agreeRows(owner, { keep: 'uuid', isDryRun: false });
  for (const { slug } of await surveySlugs(owner)) {
    await toTheEnd(owner, (tx) => retireSlug(tx, { slug, by }));
  }
  await toTheEnd(owner, (tx) => detachOrphans(tx, { by }));
}

async function toTheEnd(
  owner: Owner,
  change: (tx: SqlRunner) => Promise<{ tables: readonly unknown[]; rowsLeft: number }>,
): Promise<void> {
  for (;;) {
    const { tables, rowsLeft } = await owner.transaction(change);
    if (tables.length === 0 || rowsLeft === 0) return;
  }
}
