import { compareRows, isEmpty } from './compare-rows';

const jo = { id: 'a', email: 'jo@example.com', tenantSlug: 'yolo' };
const bo = { id: 'b', email: 'bo@example.com', tenantSlug: 'yolo' };

test('equal rows in another order are no difference', () => {
  expect(isEmpty(compareRows([jo, bo], [{ ...bo }, { ...jo }]))).toBe(true);
});

test('a row that one way alone answers is told by its id, without what people said', () => {
  const difference = compareRows([jo, bo], [jo]);
  expect(difference).toEqual({ onlyBySlug: [{ id: 'b', differs: null }], onlyByUuid: [] });
  expect(JSON.stringify(difference)).not.toContain('example.com');
});

test('a row that differs is told with the names of the columns', () => {
  expect(compareRows([jo], [{ ...jo, tenantSlug: 'club' }])).toEqual({
    onlyBySlug: [{ id: 'a', differs: ['tenantSlug'] }],
    onlyByUuid: [{ id: 'a', differs: ['tenantSlug'] }],
  });
});

test('a row that is answered twice by one way is a difference', () => {
  expect(compareRows([{ count: 1 }, { count: 1 }], [{ count: 1 }])).toEqual({
    onlyBySlug: [{ row: '{"count":1}' }],
    onlyByUuid: [],
  });
});

test('ten rows are kept', () => {
  const rows = Array.from({ length: 30 }, (_, n) => ({ id: String(n) }));
  expect(compareRows(rows, []).onlyBySlug).toHaveLength(10);
});
