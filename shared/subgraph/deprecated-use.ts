import type { SubgraphCall, SubgraphResponse } from './transport';

/** A use of the API that will end, told to whoever made it in the answer's `extensions.deprecation`. */
export interface DeprecatedUse {
  /** Where the input has it: `input.tenantId`. */
  field: string;
  /** What to send instead. */
  use: string;
  /** The slug of the tenant that it was about. */
  tenant: string;
  /** What ends it. */
  until: string;
}

/** What resolvers get for one operation, where they may note deprecated uses while it runs. */
export interface NotingCall extends SubgraphCall {
  readonly deprecatedUses?: DeprecatedUse[];
}

/** Uses that one answer tells of at most. */
const MAX_TOLD = 20;
/** Characters that a text of another process's may have. */
const MAX_LENGTH = 500;

/** The extensions of an answer that tell of the uses, each once; `undefined` where there are none. */
export function extensionsOf(uses: readonly DeprecatedUse[] = []): SubgraphResponse['extensions'] {
  if (uses.length === 0) return undefined;
  const distinct = new Map(uses.map((use) => [JSON.stringify(use), use]));
  return { deprecation: [...distinct.values()].slice(0, MAX_TOLD) };
}

/** The uses that an answer's extensions tell of, whoever wrote them. */
export function deprecatedUsesIn(extensions: SubgraphResponse['extensions']): DeprecatedUse[] {
  const told = extensions?.['deprecation'];
  return Array.isArray(told) ? told.slice(0, MAX_TOLD).flatMap((use) => parseUse(use) ?? []) : [];
}

function parseUse(told: unknown): DeprecatedUse | null {
  if (typeof told !== 'object' || told === null) return null;
  const { field, use, tenant, until } = told as Record<string, unknown>;
  const texts = [field, use, tenant, until];
  const areTexts = texts.every((text) => typeof text === 'string' && text.length <= MAX_LENGTH);
  // The check above covers all four.
  return areTexts ? ({ field, use, tenant, until } as DeprecatedUse) : null;
}
