import { CodedError } from '../../../shared/errors/coded-error';
import { parseSegmentCriteria, type SegmentCriteria, type SegmentRule } from './segment-criteria';
import { compileSegmentCriteria } from './segment-criteria-sql';

const rule = (field: string, operator: string, ...values: string[]) => ({ field, operator, values });
const all = (...rules: unknown[]) => ({ combinator: 'AND', rules, groups: [] });

/** What is refused and why: the path and the constraint of the error's one field. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CodedError && error.code === 'BAD_USER_INPUT') {
      const [field] = error.extensions['fields'] as { path: string; constraint: string }[];
      return `${field?.path} ${field?.constraint}`;
    }
  }
  throw new Error('was not refused');
}

const compile = (value: unknown) =>
  compileSegmentCriteria(parseSegmentCriteria(value, 'criteria'), 'criteria');

test.each([
  [rule('engagementScore', 'gt', '80'), '(c.engagement_score > $1::numeric)', ['80']],
  [rule('handicap', 'lte', '-2.5'), '(c.handicap <= $1::numeric)', ['-2.5']],
  [rule('lifetimeValue', 'in', '1', '2'), '(c.lifetime_value = ANY ($1::numeric[]))', [['1', '2']]],
  [rule('status', 'in', 'ACTIVE', 'INACTIVE'), '(c.status = ANY ($1::text[]))', [['ACTIVE', 'INACTIVE']]],
  [
    rule('membershipTier', 'in', 'Gold', 'Silver'),
    '(lower(c.membership_tier) = ANY ($1::text[]))',
    [['gold', 'Gold', 'silver', 'Silver']],
  ],
  [rule('status', 'eq', 'ACTIVE'), '(c.status = $1::text)', ['ACTIVE']],
  [rule('lifecycleStage', 'neq', 'CHURNED'), '(c.lifecycle_stage IS DISTINCT FROM $1::text)', ['CHURNED']],
  [rule('membershipTier', 'eq', 'Platinum'), '(lower(c.membership_tier) = lower($1::text))', ['Platinum']],
  [rule('membershipTier', 'contains', '50%'), '(c.membership_tier ILIKE $1)', ['%50\\%%']],
  [rule('membershipStatus', 'isNull'), '(c.membership_status IS NULL)', []],
  [rule('emailOptIn', 'eq', 'true'), '(c.email_opt_in = $1::boolean)', [true]],
  [
    rule('homeClubId', 'eq', 'fd3c07a1-8038-5e37-beb6-537fda68d644'),
    '(c.home_club_id = $1::uuid)',
    ['fd3c07a1-8038-5e37-beb6-537fda68d644'],
  ],
  [
    rule('lastBookingAt', 'gte', 'now-30d'),
    '(c.last_booking_at >= (now() + make_interval(days => $1::int)))',
    [-30],
  ],
  [
    rule('membershipExpiry', 'lte', 'now+30d'),
    '(c.membership_expiry <= (now() + make_interval(days => $1::int)))',
    [30],
  ],
  [
    rule('lastActivityAt', 'lt', 'now'),
    '(c.last_activity_at < (now() + make_interval(days => $1::int)))',
    [0],
  ],
  [
    rule('memberSince', 'lt', '2026-01-31T10:00:00+02:00'),
    '(c.member_since < $1::timestamptz)',
    ['2026-01-31T08:00:00.000Z'],
  ],
  [
    rule('memberSince', 'gte', '2026-01-31'),
    '(c.member_since >= $1::timestamptz)',
    ['2026-01-31T00:00:00.000Z'],
  ],
  [rule('tags', 'contains', 'vip'), '(c.tags @> $1::text[])', [['vip']]],
  [rule('tags', 'in', 'vip', 'junior'), '(c.tags && $1::text[])', [['vip', 'junior']]],
  [rule('tags', 'isNull'), '(cardinality(c.tags) = 0)', []],
])('%j', (given, text, values) => {
  const compiled = compile(all(given));
  expect([compiled.text, compiled.values]).toEqual([text, values]);
});

test('groups nest, each with its own combinator', () => {
  const compiled = compile({
    combinator: 'AND',
    rules: [rule('status', 'eq', 'ACTIVE')],
    groups: [
      { combinator: 'OR', rules: [rule('tags', 'isNull'), rule('handicap', 'isNotNull')], groups: [] },
    ],
  });
  expect(compiled.text).toBe('(c.status = $1::text AND (cardinality(c.tags) = 0 OR c.handicap IS NOT NULL))');
});

test.each([
  ['an order of texts', rule('membershipTier', 'gt', 'GOLD'), 'operator operator'],
  ['an order of choices', rule('status', 'lte', 'ACTIVE'), 'operator operator'],
  ['a part of a number', rule('engagementScore', 'contains', '8'), 'operator operator'],
  ['an order of yes and no', rule('emailOptIn', 'gt', 'false'), 'operator operator'],
  ['an exact time', rule('memberSince', 'eq', 'now'), 'operator operator'],
  ['exact tags', rule('tags', 'eq', 'vip'), 'operator operator'],
  ['no value', rule('engagementScore', 'gt'), 'values count'],
  ['two values', rule('engagementScore', 'gt', '1', '2'), 'values count'],
  ['a value for isNull', rule('handicap', 'isNull', '1'), 'values count'],
  ['in without values', rule('status', 'in'), 'values count'],
  ['a text for a number', rule('engagementScore', 'gt', 'many'), 'values.0 number'],
  ['infinity', rule('engagementScore', 'gt', 'Infinity'), 'values.0 number'],
  ['too many digits', rule('engagementScore', 'gt', '1'.repeat(16)), 'values.0 number'],
  ['an unknown choice', rule('status', 'in', 'ACTIVE', 'GONE'), 'values.1 isIn'],
  ['a malformed id', rule('homeClubId', 'eq', 'royal-cape'), 'values.0 uuid'],
  ['neither yes nor no', rule('emailOptIn', 'eq', 'yes'), 'values.0 boolean'],
  ['a day that is not', rule('memberSince', 'lt', '2026-02-30'), 'values.0 moment'],
  ['a time without a zone', rule('memberSince', 'lt', '2026-01-31T08:00:00'), 'values.0 moment'],
  ['months from now', rule('memberSince', 'lt', 'now-3m'), 'values.0 moment'],
  ['an unknown field', rule('password', 'eq', 'x'), 'field isIn'],
  ['a field of every object', rule('constructor', 'eq', 'x'), 'field isIn'],
  ['an unknown operator', rule('handicap', 'between', '1'), 'operator isIn'],
  ['an empty value', rule('membershipTier', 'eq', ' '), 'values.0 length'],
  ['an endless value', rule('membershipTier', 'eq', 'x'.repeat(201)), 'values.0 length'],
  ['U+0000', rule('membershipTier', 'eq', 'a\u0000b'), 'values.0 characters'],
  ['half a surrogate pair', rule('tags', 'in', 'vip', 'a\ud800'), 'values.1 characters'],
  ['101 values', rule('membershipTier', 'in', ...Array(101).fill('x')), 'values maxItems'],
])('%s is refused', (_name, given, where) => {
  expect(refusal(() => compile(all(given)))).toBe(`criteria.rules.0.${where}`);
});

function nested(depth: number): SegmentCriteria {
  const leaf: SegmentRule = { field: 'handicap', operator: 'isNull', values: [] };
  return { combinator: 'OR', rules: [leaf], groups: depth > 1 ? [nested(depth - 1)] : [] };
}

test('four groups deep is the limit', () => {
  expect(() => compile(nested(4))).not.toThrow();
  expect(refusal(() => compile(nested(5)))).toBe('criteria.groups.0.groups.0.groups.0.groups.0 maxDepth');
});

test('fifty rules in the whole tree are the limit', () => {
  const rules = (count: number) => Array(count).fill(rule('handicap', 'isNull'));
  const tree = (count: number) => ({ ...all(...rules(25)), groups: [all(...rules(count))] });
  expect(() => compile(tree(25))).not.toThrow();
  expect(refusal(() => compile(tree(26)))).toBe('criteria maxRules');
});

test.each([
  ['nothing', null, 'criteria isObject'],
  ['an empty group', all(), 'criteria notEmpty'],
  ['an unknown combinator', { combinator: 'NOT', rules: [] }, 'criteria.combinator isIn'],
  ['rules that are no list', { combinator: 'AND', rules: {} }, 'criteria.rules isArray'],
])('%s is refused', (_name, value, where) => {
  expect(refusal(() => compile(value))).toBe(where);
});
