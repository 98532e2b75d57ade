import { validate } from 'uuid';

/** A UUID in lower case, as the database writes it; `null` for anything else. */
export function asUuid(value: unknown): string | null {
  return typeof value === 'string' && validate(value) ? value.toLowerCase() : null;
}
