/**
 * Parts a row of two tables that stand beside each other: the columns behind `prefix`, without it, from the others. They are
 * `null` together where an outer join found nothing, which is told by `key`, one that is never `null` otherwise.
 */
export function splitColumns<Row, Beside>(
  joined: object,
  prefix: string,
  key = 'id',
): { row: Row; beside: Beside | null } {
  const row: Record<string, unknown> = {};
  const beside: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(joined)) {
    if (column.startsWith(prefix)) beside[column.slice(prefix.length)] = value;
    else row[column] = value;
  }
  return { row: row as Row, beside: beside[key] === null ? null : (beside as Beside) };
}
