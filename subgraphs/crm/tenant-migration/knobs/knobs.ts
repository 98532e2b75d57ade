import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { badInput } from '../../../../shared/errors/coded-error';
import { backfillKnobs } from '../backfill/knobs';
import { windowKnobs } from '../phases/windows';
import { apiKnobs } from './api-knobs';
import { isWithin, type KnobRule, rangeText, readNumbers, writeSetting } from './settings';

/** A number that an operator may turn while everything runs; whoever goes by it reads it again and again. */
interface NamedRule extends KnobRule {
  name: string;
}

export interface Knob extends NamedRule {
  value: number;
}

/** Every knob, whosever it is. */
export const knobRules: readonly NamedRule[] = Object.entries({
  ...windowKnobs,
  ...backfillKnobs,
  ...apiKnobs,
}).map(([name, rule]) => ({ name, ...rule }));

/** Every knob with its value. */
export async function readKnobs(runner: SqlRunner): Promise<Knob[]> {
  const values = await readNumbers(runner, Object.fromEntries(knobRules.map((rule) => [rule.name, rule])));
  return knobRules.map((rule) => ({ ...rule, value: values[rule.name] ?? rule.default }));
}

/** Turns a knob. Throws `BAD_USER_INPUT` for one that is not there, and for a value that it does not have. */
export async function setKnob(
  runner: SqlRunner,
  { name, value, by }: { name: string; value: number; by: string },
): Promise<void> {
  const rule = knobRules.find((known) => known.name === name);
  if (!rule)
    throw badInput('name', 'knob', `must be one of ${knobRules.map((known) => known.name).join(', ')}`);
  if (!isWithin(rule, value)) throw badInput('value', 'range', `must be ${rangeText(rule)}`);
  await writeSetting(runner, { name, value, by });
}

/** Gives the knob its default again. */
export async function resetKnob(runner: SqlRunner, name: string): Promise<void> {
  await runner.rows(sql`DELETE FROM crm_tenancy.setting WHERE name = ${name}`);
}
