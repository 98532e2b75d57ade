/** Rows of a table that something was, or would be, done to. */
export interface TableRows {
  table: string;
  rows: number;
}

/** What a change of many rows did, or would do. */
export interface ChangedRows {
  /** Tables without such rows are left out. */
  tables: TableRows[];
  /** Rows that are still to be changed: repeat the call until there are none. */
  rowsLeft: number;
}

/** Rows that one call changes at most, so that it is over within a request's time. */
export const MAX_ROWS = 5_000;

export function totalOf(tables: readonly TableRows[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
