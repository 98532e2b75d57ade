import { isDeepStrictEqual } from 'node:util';

/** Whether the changes would leave the row different, so that an unchanged row keeps its `updatedAt`. */
export function changesAnything<Row extends object>(row: Row, changes: Partial<Row>): boolean {
  return (Object.keys(changes) as (keyof Row)[]).some((key) => !isDeepStrictEqual(changes[key], row[key]));
}
