import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';

/** What a knob may be set to. */
export interface KnobRule {
  default: number;
  min: number;
  max: number;
  /** What it is, in one line for operators. */
  meaning: string;
}

type Range = Pick<KnobRule, 'default' | 'min' | 'max'>;

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
export function usable(value: unknown, { default: usual, min, max }: Range): number {
  return typeof value === 'number' && value >= min && value <= max ? value : usual;
}

export async function writeSetting(
  runner: SqlRunner,
  { name, value, by }: { name: string; value: number | boolean; by: string },
): Promise<void> {
  await runner.rows(sql`
    INSERT INTO crm_tenancy.setting (name, value, changed_by) VALUES (${name}, ${JSON.stringify(value)}::jsonb, ${by})
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_by = excluded.changed_by, changed_at = now()`);
}
