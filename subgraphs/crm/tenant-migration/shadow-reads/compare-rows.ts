/** A row that one way of reading answers and the other does not, as it is kept: where it has an id, without its values. */
export type DifferingRow = Record<string, unknown>;

export interface Difference {
  onlyBySlug: DifferingRow[];
  onlyByUuid: DifferingRow[];
}

type Row = Record<string, unknown>;

/** Rows that are kept of one way, and characters of one without an id. */
const MAX_ROWS = 10;
const MAX_CHARACTERS = 500;

/**
 * The rows by their content that only one of two readings has, as often as it has them; their order does not matter. Of a row
 * with an id, the id is kept and the names of the columns in which the other reading's row differs: people's data stay where
 * they are.
 */
export function compareRows(bySlug: readonly Row[], byUuid: readonly Row[]): Difference {
  const [onlyBySlug, onlyByUuid] = [without(bySlug, byUuid), without(byUuid, bySlug)];
  return { onlyBySlug: describe(onlyBySlug, onlyByUuid), onlyByUuid: describe(onlyByUuid, onlyBySlug) };
}

export function isEmpty({ onlyBySlug, onlyByUuid }: Difference): boolean {
  return onlyBySlug.length === 0 && onlyByUuid.length === 0;
}

function without(rows: readonly Row[], others: readonly Row[]): Row[] {
  const counts = new Map<string, number>();
  for (const row of others) counts.set(contentOf(row), (counts.get(contentOf(row)) ?? 0) + 1);
  return rows.filter((row) => {
    const left = counts.get(contentOf(row)) ?? 0;
    counts.set(contentOf(row), left - 1);
    return left <= 0;
  });
}

function describe(rows: readonly Row[], others: readonly Row[]): DifferingRow[] {
  return rows.slice(0, MAX_ROWS).map((row) => {
    const { id } = row;
    if (typeof id !== 'string') return { row: JSON.stringify(row).slice(0, MAX_CHARACTERS) };
    const other = others.find((candidate) => candidate['id'] === id);
    return { id, differs: other ? differingColumns(row, other) : null };
  });
}

function differingColumns(row: Row, other: Row): string[] {
  return Object.keys(row).filter((column) => JSON.stringify(row[column]) !== JSON.stringify(other[column]));
}

function contentOf(row: Row): string {
  return JSON.stringify(row);
}
