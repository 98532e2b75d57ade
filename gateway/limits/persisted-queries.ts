import { createHash } from 'node:crypto';
import type { GraphQLRequest } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import type { Metrics } from '../../shared/metrics/metrics';
import { type BoundedStore, createBoundedStore } from './bounded-store';
import { refusal } from './refusal';

const MAX_STORE_BYTES = 5 * 1024 * 1024;
const DAY_MS = 86_400_000;

/** Documents that clients registered by their hash: 5 MB of them in this process, each for a day. */
export function createPersistedQueryStore(metrics: Metrics): BoundedStore<string> {
  return createBoundedStore<string>({
    maxBytes: MAX_STORE_BYTES,
    ttlMs: DAY_MS,
    sizeOf: (document) => Buffer.byteLength(document),
    metrics,
    counted: { name: 'persisted_queries', of: 'Documents that clients registered' },
  });
}

/** Refuses a registration that Apollo Server would answer without a code of the catalogue. */
export function refuseBadPersistedQuery({ query, extensions }: GraphQLRequest): GraphQLError | null {
  const persisted: unknown = extensions?.['persistedQuery'];
  if (!persisted) return null;
  const { version, sha256Hash } = persisted as Record<string, unknown>;
  if (version !== 1) return refusal('BAD_REQUEST', 'extensions.persistedQuery.version must be 1');
  if (typeof sha256Hash !== 'string')
    return refusal('BAD_REQUEST', 'extensions.persistedQuery.sha256Hash must be a text');
  if (query !== undefined && sha256Hash !== sha256(query))
    return refusal('BAD_REQUEST', 'extensions.persistedQuery.sha256Hash is not the hash of the query');
  return null;
}

/** The SHA-256 of a text in lower-case hexadecimal digits, by which persisted queries are named. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
