import sql, { join, raw, type Sql } from 'sql-template-tag';
import { containing } from '../../../shared/database/containing';
import { assertNever, badInput } from '../../../shared/errors/coded-error';
import type { SegmentOperator } from '../graphql.generated';
import type { SegmentCriteria, SegmentRule } from './segment-criteria';
import { type FieldKind, operatorsOf, segmentFields } from './segment-fields';
import { parseSegmentValue } from './segment-value';

const comparisons = {
  eq: '=',
  neq: 'IS DISTINCT FROM',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
} as const satisfies Partial<Record<SegmentOperator, string>>;

/** The types of the lists that `in` compares with, where they are not texts. */
const arrayTypes: Partial<Record<FieldKind, string>> = { number: 'numeric', uuid: 'uuid' };

/**
 * The condition that a customer, under the alias `c`, meets the criteria. Columns come from the whitelist, values travel
 * as parameters. Throws `BAD_USER_INPUT`, with a path below `path`, for an operator that the field does not take, a
 * wrong number of values, and a value that the field cannot have.
 */
export function compileSegmentCriteria(criteria: SegmentCriteria, path: string): Sql {
  const conditions = [
    ...criteria.rules.map((rule, index) => compileRule(rule, `${path}.rules.${index}`)),
    ...criteria.groups.map((group, index) => compileSegmentCriteria(group, `${path}.groups.${index}`)),
  ];
  return sql`(${join(conditions, criteria.combinator === 'AND' ? ' AND ' : ' OR ')})`;
}

function compileRule(rule: SegmentRule, path: string): Sql {
  const { column: name, kind, choices } = segmentFields[rule.field];
  const operators = operatorsOf[kind];
  if (!operators.includes(rule.operator)) {
    const message = `${rule.field} takes ${operators.join(', ')}; not ${rule.operator}`;
    throw badInput(`${path}.operator`, 'operator', message);
  }
  assertValueCount(rule, `${path}.values`);
  const values = rule.values.map((value, index) =>
    parseSegmentValue({ kind, choices, value, path: `${path}.values.${index}` }),
  );

  const column = raw(`c.${name}`);
  if (kind === 'tags') return compileTags(column, rule);
  // Capitals of texts do not matter.
  const compared = kind === 'text' ? sql`lower(${column})` : column;
  const { operator } = rule;
  switch (operator) {
    case 'isNull':
      return sql`${column} IS NULL`;
    case 'isNotNull':
      return sql`${column} IS NOT NULL`;
    case 'contains':
      return sql`${column} ILIKE ${containing(rule.values[0] ?? '')}`;
    case 'in':
      return sql`${compared} = ANY (${oneOf(kind, rule.values)})`;
    case 'eq':
    case 'neq':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return sql`${compared} ${raw(comparisons[operator])} ${join(values)}`;
    default:
      return assertNever(operator);
  }
}

/** The values as one parameter, however many they are; texts also as written, for letters that PostgreSQL leaves alone. */
function oneOf(kind: FieldKind, values: string[]): Sql {
  const given =
    kind === 'text' ? [...new Set(values.flatMap((value) => [value.toLowerCase(), value]))] : values;
  return sql`${given}::${raw(arrayTypes[kind] ?? 'text')}[]`;
}

function compileTags(column: Sql, { operator, values }: SegmentRule): Sql {
  if (operator === 'isNull') return sql`cardinality(${column}) = 0`;
  if (operator === 'isNotNull') return sql`cardinality(${column}) > 0`;
  const overlap = raw(operator === 'in' ? '&&' : '@>');
  return sql`${column} ${overlap} ${values}::text[]`;
}

function assertValueCount({ operator, values }: SegmentRule, path: string): void {
  const isPresence = operator === 'isNull' || operator === 'isNotNull';
  if (isPresence && values.length > 0) throw badInput(path, 'count', `${operator} takes no value`);
  if (operator === 'in' && values.length === 0) throw badInput(path, 'count', 'in takes 1 to 100 values');
  if (!isPresence && operator !== 'in' && values.length !== 1) {
    throw badInput(path, 'count', `${operator} takes one value; ${values.length} were given`);
  }
}
