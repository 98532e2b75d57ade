import { isUUID } from 'class-validator';

/** A UUID in lower case, by the rule that inputs have; `null` for anything else. */
export function asUuid(value: unknown): string | null {
  return typeof value === 'string' && isUUID(value, 'loose') ? value.toLowerCase() : null;
}
