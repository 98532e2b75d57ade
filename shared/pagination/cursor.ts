import { isUUID } from 'class-validator';
import { badInput } from '../errors/coded-error';

/** The last row's place in an ordered list: its sort value and its id, which breaks ties. */
export interface Position {
  sortValue: string;
  id: string;
}

/**
 * An opaque cursor. It names its list (`customers:<tenant>`), so that a cursor of another list or of another tenant
 * is refused instead of answering the wrong page.
 */
export function encodeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([list, position.sortValue, position.id])).toString('base64url');
}

/** Reads a cursor of `list`. Throws `BAD_USER_INPUT` for any other text. */
export function decodeCursor(
  list: string,
  cursor: string,
  isSortValue: (value: string) => boolean,
): Position {
  const [name, sortValue, id] = parse(cursor);
  const isOurs = name === list && typeof sortValue === 'string' && typeof id === 'string';
  if (!isOurs || !isUUID(id, 'loose') || !isSortValue(sortValue)) {
    throw badInput('after', 'cursor', 'must be a cursor that this same list answered');
  }
  return { sortValue, id };
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
