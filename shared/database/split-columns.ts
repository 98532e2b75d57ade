/**
 * Parts rows of two tables that stand beside each other: the columns behind `prefix`, without it, from the others. They are
 * `null` together where an outer join found nothing, which is told by `key`, one that is never `null` otherwise.
 */
export function createColumnSplit(prefix: string, key = 'id') {
  // Columns are constants of the code, so there are few of them.
  const propertiesBeside = new Map<string, string | null>();

  function propertyBeside(column: string): string | null {
    const property = column.startsWith(prefix) ? column.slice(prefix.length) : null;
    propertiesBeside.set(column, property);
    return property;
  }

  return <Row, Beside>(joined: object): { row: Row; beside: Beside | null } => {
    const row: Record<string, unknown> = {};
    const beside: Record<string, unknown> = {};
    for (const column in joined) {
      const value = (joined as Record<string, unknown>)[column];
      const known = propertiesBeside.get(column);
      const property = known === undefined ? propertyBeside(column) : known;
      if (property === null) row[column] = value;
      else beside[property] = value;
    }
    return { row: row as Row, beside: beside[key] === null ? null : (beside as Beside) };
  };
}
