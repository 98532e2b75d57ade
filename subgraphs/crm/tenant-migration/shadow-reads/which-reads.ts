import type { Sql } from 'sql-template-tag';
import { asUuid } from '../../../../shared/input/uuid';
import type { SubgraphCall } from '../../../../shared/subgraph/transport';
import { migratedTables } from '../schema/migrated-tables';

const OF_MIGRATED_TABLES = new RegExp(
  `\\b(?:FROM|JOIN)\\s+(?:crm_tenancy\\.)?(?:${migratedTables.map(({ name }) => name).join('|')})(?:_rows\\(|\\b)`,
);
/** Statements that a look would change or lock something by, if it repeated them. */
const MORE_THAN_READING = /\b(?:INSERT|UPDATE|DELETE|MERGE|FOR (?:NO KEY UPDATE|KEY SHARE|UPDATE|SHARE))\b/;

/** Whether the statement only reads rows that move from slugs to UUIDs. */
export function isRead({ text }: Sql): boolean {
  return /^\s*(?:SELECT|WITH)\b/.test(text) && OF_MIGRATED_TABLES.test(text) && !MORE_THAN_READING.test(text);
}

/**
 * The tenants that a read may be about: whom it names, whose rows it found, and, where it did neither, the tenants of
 * the viewer.
 */
export function tenantsOf(
  { values }: Sql,
  rows: readonly unknown[],
  { viewer }: Pick<SubgraphCall, 'viewer'>,
): string[] {
  const named = values.flat().flatMap((value) => asUuid(value) ?? []);
  const found = rows.flatMap((row) => asUuid((row as { tenantId?: unknown } | null)?.tenantId) ?? []);
  const ofViewer = rows.length === 0 && viewer.tenants !== 'all' ? viewer.tenants : [];
  return [...new Set([...found, ...named, ...ofViewer])];
}
