import { isBefore, isTenantPhase, phasesUpTo } from './phase';

test('phases have an order', () => {
  expect(isBefore('LEGACY', 'COMPLETE')).toBe(true);
  expect(isBefore('CUTOVER', 'CUTOVER')).toBe(false);
  expect(phasesUpTo('LEGACY', 'CUTOVER')).toEqual(['DUAL_WRITE', 'CUTOVER']);
  expect(phasesUpTo('CUTOVER', 'CUTOVER')).toEqual([]);
  expect(phasesUpTo('COMPLETE', 'CUTOVER')).toEqual([]);
});

test.each([
  ['DUAL_WRITE', true],
  ['dual_write', false],
  ['', false],
])('%j is a phase: %s', (text, expected) => {
  expect(isTenantPhase(text)).toBe(expected);
});
