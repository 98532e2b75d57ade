import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';

/** What a knob may be set to. */
export interface KnobRule {
  default: number;
  min: number;
  max: number;
  /** Whether it may lie between whole numbers. */
  isFractional?: boolean;
  /** What it is, in one line for operators. */
  meaning: string;
}

type Range = Pick<KnobRule, 'default' | 'min' | 'max' | 'isFractional'>;

/** The knobs of these names as they are set, each its default where it is not set to a number that it may have. */
export async function readNumbers<Name extends string>(
  runner: SqlRunner,
  rules: Readonly<Record<Name, Range>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(rules) as Name[];
  const rows = await runner.rows<{ name: Name; value: unknown }>(
    sql`SELECT name, value FROM crm_tenancy.setting WHERE name = ANY (${names}::text[])`,
  );
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const numbers = names.map((name) => [name, usable(values.get(name), rules[name])]);
  return Object.fromEntries(numbers) as Record<Name, number>;
}

/** The value where it is one of the knob's, else its default. */
export function usable(value: unknown, range: Range): number {
  return typeof value === 'number' && isWithin(range, value) ? value : range.default;
}

/** Whether the knob may have the value. */
export function isWithin({ min, max, isFractional = false }: Range, value: number): boolean {
  return value >= min && value <= max && (isFractional || Number.isInteger(value));
}

/** What the knob may have, for people. */
export function rangeText({ min, max, isFractional = false }: Range): string {
  return `a ${isFractional ? '' : 'whole '}number from ${min} to ${max}`;
}

export async function writeSetting(
  runner: SqlRunner,
  { name, value, by }: { name: string; value: number | boolean; by: string },
): Promise<void> {
  await runner.rows(sql`
    INSERT INTO crm_tenancy.setting (name, value, changed_by) VALUES (${name}, ${JSON.stringify(value)}::jsonb, ${by})
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_by = excluded.changed_by, changed_at = now()`);
}
