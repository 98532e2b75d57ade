import { isUUID } from 'class-validator';

/** A UUID of any version in lower case, as the database writes it; `null` for anything else. */
export function asUuid(value: unknown): string | null {
  return typeof value === 'string' && isUUID(value, 'loose') ? value.toLowerCase() : null;
}
