import { PUBLIC_LEAD } from '../rate-limits/public-lead';

/**
 * Mutations that anyone on the internet may send. An operation may carry one of them once, so that a limit by
 * requests is a limit by mutations.
 */
export const publicMutations: ReadonlySet<string> = new Set([PUBLIC_LEAD]);
