import sql from 'sql-template-tag';
import { contract, takeContractionBack } from './contract';
import { enforce, takeEnforcementBack } from './enforce';
import { expand, takeExpansionBack } from './expand';
import { createMove, type Move } from './move';
import type { Owner } from './owner';
import type { Reporter } from './politely';
import { readStage, type Stage, stages } from './stage';

/** How to reach each stage from the one before, and how to go back to it from the one after. */
const forward: Record<Stage, (move: Move) => Promise<void>> = {
  LEGACY: async () => undefined,
  EXPANDED: expand,
  ENFORCED: enforce,
  CONTRACTED: contract,
};
const back: Record<Stage, (move: Move) => Promise<void>> = {
  LEGACY: takeExpansionBack,
  async EXPANDED(move) {
    // A contraction that was broken off behind its switch still counts as ENFORCED.
    await takeContractionBack(move);
    await takeEnforcementBack(move);
  },
  ENFORCED: takeContractionBack,
  CONTRACTED: async () => undefined,
};

/** Milliseconds that a statement waits for a lock at most, unless told otherwise. */
export const LOCK_TIMEOUT_MS = 500;

/**
 * Moves the schema to a stage, one stage at a time, forward or back, while CRM reads and writes. It says each step, and
 * whenever a lock was not free in time. A move that was broken off goes on where it was. It does not ask whether rows and
 * tenants are ready: the gates do. Throws PostgreSQL's error where rows do not fit, and where no lock could be had.
 */
export async function moveStage(
  owner: Owner,
  to: Stage,
  {
    reporter,
    by,
    lockTimeoutMs = LOCK_TIMEOUT_MS,
  }: { reporter: Reporter; by: string; lockTimeoutMs?: number },
): Promise<void> {
  const move = createMove({ owner, reporter, by, lockTimeoutMs });
  for (;;) {
    const [from, goal] = [stages.indexOf(await readStage(owner)), stages.indexOf(to)];
    if (from === goal) return;
    const next = stages[from + Math.sign(goal - from)];
    if (!next) throw new Error(`There is no stage after ${stages[from]}`);
    await (goal > from ? forward : back)[next](move);
    await owner.rows(
      sql`UPDATE crm_tenancy.schema_stage SET stage = ${next}, changed_by = ${by}, changed_at = now()`,
    );
  }
}
