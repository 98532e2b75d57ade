import type { AskGraph } from '../provisioning/ask-graph';

export interface Consumer {
  name: string;
  tenantId: string | null;
  types: string[];
  tenantsBehind: number;
  oldestUndeliveredAt: string | null;
  tenantsPaused: number;
  lastError: string | null;
  deadLetters: number;
}

const PAGE = 100;
const CONSUMERS = `query Consumers($after: String) {
  eventConsumers(first: ${PAGE}, after: $after) {
    name tenantId types tenantsBehind oldestUndeliveredAt tenantsPaused lastError deadLetters
  }
}`;

/** Everybody who hears of events, by name. Throws what `ask` throws. */
export async function readConsumers(ask: AskGraph): Promise<Consumer[]> {
  const found: Consumer[] = [];
  for (;;) {
    const after = found.at(-1)?.name ?? null;
    const { eventConsumers } = await ask<{ eventConsumers: Consumer[] }>(CONSUMERS, { after });
    found.push(...eventConsumers);
    if (eventConsumers.length < PAGE) return found;
  }
}
