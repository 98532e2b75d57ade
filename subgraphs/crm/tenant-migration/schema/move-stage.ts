import { checkKnownTenants, clearSlugIndexes, contract, takeContractionBack } from './contract';
import { clearEnforcement, enforce, takeEnforcementBack } from './enforce';
import { clearExpansion, expand, takeExpansionBack } from './expand';
import { createMove, type Move } from './move';
import type { Owner } from './owner';
import { readStage, type Stage, stages } from './stage';

type Change = (move: Move) => Promise<void>;

/** How the schema gets into a stage from the one before and from the one after, and what is then still to be done there. */
const ways: Record<Stage, { forward?: Change; back?: Change; settle: Change }> = {
  LEGACY: { back: takeExpansionBack, settle: clearExpansion },
  EXPANDED: { forward: expand, back: takeEnforcementBack, settle: clearEnforcement },
  ENFORCED: { forward: enforce, back: takeContractionBack, settle: checkKnownTenants },
  CONTRACTED: { forward: contract, settle: clearSlugIndexes },
};

/** Milliseconds that a statement waits for a lock at most, unless told otherwise. */
export const LOCK_TIMEOUT_MS = 500;

/**
 * Moves the schema to a stage, one stage at a time, forward or back, while CRM reads and writes. It says each step, and
 * whenever a lock was not free in time. A move that was broken off goes on where it was, and in a stage that it has reached, or
 * goes back through, it takes away what one that was broken off left there. It does not ask whether rows and tenants are ready:
 * the gates do. Throws PostgreSQL's error where rows do not fit, and where no lock could be had, `TENANCY_STAGE_WRONG` where
 * another command moves the schema, and `AbortError` when `signal` ends it.
 */
export async function moveStage(
  owner: Owner,
  to: Stage,
  {
    lockTimeoutMs = LOCK_TIMEOUT_MS,
    ...options
  }: Pick<Move, 'reporter' | 'by' | 'signal' | 'onStage'> & { lockTimeoutMs?: number },
): Promise<void> {
  for (;;) {
    const from = await readStage(owner);
    const move = createMove({ owner, lockTimeoutMs, from, ...options });
    const distance = stages.indexOf(to) - stages.indexOf(from);
    if (distance <= 0) await ways[from].settle(move);
    if (distance === 0) return;
    const next = stages[stages.indexOf(from) + Math.sign(distance)];
    const change = next && ways[next][distance > 0 ? 'forward' : 'back'];
    if (!change) throw new Error(`There is no way from ${from} to ${next}`);
    await change(move);
  }
}
