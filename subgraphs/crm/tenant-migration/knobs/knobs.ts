import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { badInput } from '../../../../shared/errors/coded-error';
import { backfillKnobs } from '../backfill/knobs';
import { windowKnobs } from '../phases/windows';
import { apiKnobs } from './api-knobs';

/** A number that an operator may turn while everything runs; whoever goes by it reads it again and again. */
interface KnobRule {
  name: string;
  default: number;
  min: number;
  max: number;
  /** What it is, in one line for operators. */
  meaning: string;
}

export interface Knob extends KnobRule {
  value: number;
}

/** Every knob, whosever it is. */
export const knobRules: readonly KnobRule[] = Object.entries({
  ...windowKnobs,
  ...backfillKnobs,
  ...apiKnobs,
}).map(([name, rule]) => ({ name, ...rule }));

/** Every knob with its value. */
export async function readKnobs(runner: SqlRunner): Promise<Knob[]> {
  const settings = await runner.rows<{ name: string; value: unknown }>(
    sql`SELECT name, value FROM crm_tenancy.setting`,
  );
  const values = new Map(settings.map(({ name, value }) => [name, value]));
  return knobRules.map((rule) => {
    const value = values.get(rule.name);
    return { ...rule, value: typeof value === 'number' ? value : rule.default };
  });
}

/** Turns a knob. Throws `BAD_USER_INPUT` for one that is not there, and for a value that it does not have. */
export async function setKnob(
  runner: SqlRunner,
  { name, value, by }: { name: string; value: number; by: string },
): Promise<void> {
  const rule = knobRules.find((known) => known.name === name);
  if (!rule)
    throw badInput('name', 'knob', `must be one of ${knobRules.map((known) => known.name).join(', ')}`);
  const { min, max } = rule;
  if (!(value >= min && value <= max))
    throw badInput('value', 'range', `must be a number from ${min} to ${max}`);
  await runner.rows(sql`
    INSERT INTO crm_tenancy.setting (name, value, changed_by) VALUES (${name}, to_jsonb(${value}::float8), ${by})
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_by = excluded.changed_by, changed_at = now()`);
}

/** Gives the knob its default again. */
export async function resetKnob(runner: SqlRunner, name: string): Promise<void> {
  await runner.rows(sql`DELETE FROM crm_tenancy.setting WHERE name = ${name}`);
}
