import { CodedError } from '../../../shared/errors/coded-error';
import { compileSegmentCriteria } from '../segments/segment-criteria-sql';
import { parseTemplatePack, templatePacks } from './template-packs';

const packs = Object.entries(templatePacks);

test.each(packs)('%s is filed under its own key', (key, pack) => {
  expect(pack.key).toBe(key);
});

test.each(packs)('the names in %s are unique', (_key, { segments, journeys }) => {
  expect(new Set(segments.map(({ name }) => name)).size).toBe(segments.length);
  expect(new Set(journeys.map(({ name }) => name)).size).toBe(journeys.length);
});

test.each(
  packs.flatMap(([key, pack]) => pack.segments.map((segment) => [key, segment.name, segment] as const)),
)('%s: "%s" compiles', (_key, _name, { criteria }) => {
  expect(compileSegmentCriteria(criteria, 'criteria').text).toMatch(/^\(c\./);
});

test('the B2B pack is the six stages of the lifecycle', () => {
  expect(templatePacks.YOLO_B2B.segments.map(({ name }) => name)).toEqual([
    'Prospect',
    'Trial',
    'Active',
    'Expansion',
    'At Risk',
    'Churned',
  ]);
});

test('the packs share no journey', () => {
  const club = new Set(templatePacks.CLUB.journeys.map(({ name }) => name));
  expect(templatePacks.YOLO_B2B.journeys.filter(({ name }) => club.has(name))).toEqual([]);
});

test.each([
  [
    'criteria that do not compile',
    { segments: [{ ...templatePacks.CLUB.segments[0], criteria: { combinator: 'AND' } }] },
  ],
  ['a step that cannot be', { journeys: [{ ...templatePacks.CLUB.journeys[0], steps: [{ type: 'SEND' }] }] }],
  ['an unknown trigger', { journeys: [{ ...templatePacks.CLUB.journeys[0], triggerType: 'FULL_MOON' }] }],
  ['no version', { version: 0 }],
])('%s is refused when the pack is read', (_name, part) => {
  expect(() => parseTemplatePack({ ...templatePacks.CLUB, ...part }, 'pack')).toThrow(CodedError);
});
