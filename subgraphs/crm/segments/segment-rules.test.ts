import { CodedError } from '../../../shared/errors/coded-error';
import type { SegmentCriteria } from './segment-criteria';
import { assertCriteriaFit, assertNotOwnedByPack } from './segment-rules';

const withoutHandicap = (): SegmentCriteria => ({
  combinator: 'AND',
  rules: [{ field: 'handicap', operator: 'isNull', values: [] }],
  groups: [],
});
const criteria = withoutHandicap();

test.each([
  ['DYNAMIC', criteria, true],
  ['DYNAMIC', null, false],
  ['STATIC', null, true],
  ['SMART', null, true],
  ['IMPORT', null, true],
] as const)('%s with %j fits: %s', (type, given, fits) => {
  const check = () => assertCriteriaFit(type, given);
  if (fits) expect(check).not.toThrow();
  else expect(check).toThrow(CodedError);
});

const owned = { isSystem: true, name: 'At Risk', criteria };

test.each([
  ['another name', { name: 'Mine' }],
  ['other criteria', { criteria: { ...criteria, combinator: 'OR' as const } }],
  ['no criteria', { criteria: null }],
])('a segment that a pack owns refuses %s', (_name, changes) => {
  expect(() => assertNotOwnedByPack(owned, changes)).toThrow(CodedError);
  expect(() => assertNotOwnedByPack({ ...owned, isSystem: false }, changes)).not.toThrow();
});

test.each([
  [{ isActive: false }],
  [{ description: 'Ours' }],
  [{ name: 'At Risk', criteria: withoutHandicap() }],
])('a segment that a pack owns takes %j', (changes) => {
  expect(() => assertNotOwnedByPack(owned, changes)).not.toThrow();
});
