import { changedFields } from './changed-fields';

/** Whether the changes would leave the row different, so that an unchanged row keeps its `updatedAt`. */
export function changesAnything<Row extends object>(row: Row, changes: Partial<Row>): boolean {
  return changedFields(row, changes).length > 0;
}
