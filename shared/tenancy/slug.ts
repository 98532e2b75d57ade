import { isUUID } from 'class-validator';
import { badInput } from '../errors/coded-error';

/** Lower-case letters, digits and inner hyphens, 1 to 63 characters: what may stand in a host name or a path. */
const SLUG_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const SLUG_RULE =
  'must have 1 to 63 lower-case letters, digits or inner hyphens, and must not look like a UUID';

/** A slug is never UUID-shaped, so that a slug and a tenant's id can always be told apart. */
export function isSlug(text: string): boolean {
  return SLUG_PATTERN.test(text) && !isUUID(text, 'loose');
}

/** The text as a slug. Throws `BAD_USER_INPUT`. */
export function parseSlug(text: string, path: string): string {
  if (!isSlug(text)) throw badInput(path, 'slug', SLUG_RULE);
  return text;
}
