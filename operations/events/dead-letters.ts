import type { AskGraph } from '../provisioning/ask-graph';

export interface DeadLetter {
  id: string;
  consumer: string;
  attempts: number;
  error: string;
  diedAt: string;
  replayAskedAt: string | null;
  event: { id: string; type: string; timestamp: string; tenantId: string | null; tenantSlug: string | null };
}

export interface Replay {
  id: string;
  outcome: 'ASKED' | 'CONSUMER_GONE' | 'NOT_FOUND';
}

const LETTERS = `query DeadLetters($filter: DeadLetterFilter, $after: String) {
  deadLetters(filter: $filter, first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node { id consumer attempts error diedAt replayAskedAt event { id type timestamp tenantId tenantSlug } } }
  }
}`;
const REPLAY = 'mutation Replay($ids: [ID!]!) { replayDeadLetters(ids: $ids) { id outcome } }';

/** As many as one call replays. */
const MAX_IDS = 100;

interface Letters {
  deadLetters: {
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
    edges: { node: DeadLetter }[];
  };
}

/** All dead letters, newest first: of one consumer, of one tenant, or of everybody. Throws what `ask` throws. */
export async function readDeadLetters(
  ask: AskGraph,
  filter: { consumer?: string; tenantId?: string },
): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for (let after: string | null = null; ; ) {
    const { deadLetters }: Letters = await ask<Letters>(LETTERS, { filter, after });
    found.push(...deadLetters.edges.map(({ node }) => node));
    if (!deadLetters.pageInfo.hasNextPage) return found;
    after = deadLetters.pageInfo.endCursor;
  }
}

/** Asks for the letters to be handed over again. Throws what `ask` throws. */
export async function replayDeadLetters(ask: AskGraph, ids: readonly string[]): Promise<Replay[]> {
  const replays: Replay[] = [];
  for (let start = 0; start < ids.length; start += MAX_IDS) {
    const answer = await ask<{ replayDeadLetters: Replay[] }>(REPLAY, {
      ids: ids.slice(start, start + MAX_IDS),
    });
    replays.push(...answer.replayDeadLetters);
  }
  return replays;
}
