import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Longer ones are put together from as many parts as a request has, so they hardly come twice. */
const MAX_CHARACTERS = 5_000;

/** Texts of statements are constants of the code, so there are few of them. */
const known = new LRUCache<string, string>({ max: 1_000 });

/** The name under which a connection keeps a statement of this text, or `null` when it is not worth it. */
export function statementName(text: string): string | null {
  if (text.length > MAX_CHARACTERS) return null;
  const knownName = known.get(text);
  if (knownName) return knownName;
  const name = createHash('sha256').update(text).digest('base64url');
  known.set(text, name);
  return name;
}
