import { isDeepStrictEqual } from 'node:util';

/** The names of the fields in which `changes` differ from the row, in the order of `changes`. */
export function changedFields<Row extends object>(row: Row, changes: Partial<Row>): string[] {
  return (Object.keys(changes) as (keyof Row & string)[]).filter(
    (key) => !isDeepStrictEqual(changes[key], row[key]),
  );
}
