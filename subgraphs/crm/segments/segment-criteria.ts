import { badInput } from '../../../shared/errors/coded-error';
import { assertStorable } from '../../../shared/input/parse-input';
import type { SegmentField, SegmentOperator } from '../graphql.generated';
import { segmentFields, segmentOperators } from './segment-fields';

/** The rule tree of a segment, as it is stored and as the graph answers it. */
export interface SegmentCriteria {
  combinator: 'AND' | 'OR';
  rules: SegmentRule[];
  groups: SegmentCriteria[];
}

export interface SegmentRule {
  field: SegmentField;
  operator: SegmentOperator;
  values: string[];
}

const MAX_DEPTH = 4;
const MAX_RULES = 50;
const MAX_VALUES = 100;
const MAX_VALUE_LENGTH = 200;

/**
 * Reads a rule tree from a caller's input, a stored row or a template pack: its shape and its size. Whether its rules
 * make sense is the compiler's to say. Throws `BAD_USER_INPUT` with the path of what is wrong.
 */
export function parseSegmentCriteria(value: unknown, path: string): SegmentCriteria {
  const criteria = parseGroup(value, path, 1);
  if (countRules(criteria) > MAX_RULES)
    throw badInput(path, 'maxRules', `must have at most ${MAX_RULES} rules`);
  return criteria;
}

function parseGroup(value: unknown, path: string, depth: number): SegmentCriteria {
  if (depth > MAX_DEPTH) throw badInput(path, 'maxDepth', `must be at most ${MAX_DEPTH} groups deep`);
  const { combinator, rules = [], groups = [] } = asObject(value, path);
  if (combinator !== 'AND' && combinator !== 'OR') {
    throw badInput(`${path}.combinator`, 'isIn', 'must be AND or OR');
  }
  const group: SegmentCriteria = {
    combinator,
    rules: asList(rules, `${path}.rules`, MAX_RULES).map((rule, index) =>
      parseRule(rule, `${path}.rules.${index}`),
    ),
    groups: asList(groups, `${path}.groups`, MAX_RULES).map((inner, index) =>
      parseGroup(inner, `${path}.groups.${index}`, depth + 1),
    ),
  };
  if (group.rules.length + group.groups.length === 0)
    throw badInput(path, 'notEmpty', 'must have a rule or a group');
  return group;
}

function parseRule(value: unknown, path: string): SegmentRule {
  const { field, operator, values = [] } = asObject(value, path);
  if (!isField(field)) throw badInput(`${path}.field`, 'isIn', 'must be a field of customers');
  if (!isOperator(operator)) {
    throw badInput(`${path}.operator`, 'isIn', `must be one of ${segmentOperators.join(', ')}`);
  }
  const texts = asList(values, `${path}.values`, MAX_VALUES).map((text, index) =>
    parseValue(text, `${path}.values.${index}`),
  );
  return { field, operator, values: texts };
}

function parseValue(value: unknown, path: string): string {
  const text = typeof value === 'string' ? value.trim() : '';
  if (text === '' || text.length > MAX_VALUE_LENGTH) {
    throw badInput(path, 'length', `must have 1 to ${MAX_VALUE_LENGTH} characters`);
  }
  assertStorable(text, path);
  return text;
}

function countRules({ rules, groups }: SegmentCriteria): number {
  return groups.reduce((count, group) => count + countRules(group), rules.length);
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw badInput(path, 'isObject', 'must be an object');
  return value as Record<string, unknown>;
}

function asList(value: unknown, path: string, max: number): unknown[] {
  if (!Array.isArray(value)) throw badInput(path, 'isArray', 'must be a list');
  if (value.length > max) throw badInput(path, 'maxItems', `must have at most ${max} items`);
  return value;
}

function isField(value: unknown): value is SegmentField {
  return typeof value === 'string' && Object.hasOwn(segmentFields, value);
}

function isOperator(value: unknown): value is SegmentOperator {
  return segmentOperators.some((operator) => operator === value);
}
