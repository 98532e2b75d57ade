import type { SqlRunner } from '../../../../shared/database/database';
import type { Owner } from '../schema/owner';

/** Rows of a table that a change was made to, or would be. */
export interface TableRows {
  table: string;
  rows: number;
}

export interface Part {
  tables: readonly TableRows[];
  rowsLeft: number;
  /** Rows that went on the quarantine list as a second one of something. */
  duplicates?: number;
}

/** What all parts of a change did together. */
export interface WholeChange {
  tables: TableRows[];
  /** Rows that could not be changed. */
  rowsLeft: number;
  duplicates: number;
  /** Whether it was ended before there was nothing left that it could change. */
  isStopped: boolean;
}

/** Makes a change of many rows part by part, each in a transaction of its own, until a part finds nothing more to do. */
export async function repeatChange(
  owner: Owner,
  { signal, onPart }: { signal: AbortSignal; onPart?: (rows: number) => void },
  change: (tx: SqlRunner) => Promise<Part>,
): Promise<WholeChange> {
  const tables = new Map<string, number>();
  let duplicates = 0;
  for (;;) {
    const part = await owner.transaction(change);
    for (const { table, rows } of part.tables) tables.set(table, (tables.get(table) ?? 0) + rows);
    duplicates += part.duplicates ?? 0;
    const done = part.tables.reduce((sum, { rows }) => sum + rows, 0);
    const isStopped = signal.aborted && done > 0 && part.rowsLeft > 0;
    onPart?.(done);
    if (done > 0 && part.rowsLeft > 0 && !isStopped) continue;
    return {
      tables: [...tables].map(([table, rows]) => ({ table, rows })),
      rowsLeft: part.rowsLeft,
      duplicates,
      isStopped,
    };
  }
}
