import { defaultLimits } from './limit-settings';
import { readSettings } from './settings';

test('the limits where nothing is set', () => {
  expect(readSettings({}).limits).toEqual(defaultLimits);
  expect(defaultLimits).toMatchObject({
    bodyBytes: 262_144,
    tokens: 2_000,
    depth: 12,
    aliases: 30,
    rootFields: 20,
    directives: 50,
    selections: 300,
    recursion: 3,
    cost: 25_000,
    trustedDocumentsFile: null,
  });
});

test('each limit has its setting', () => {
  const { limits } = readSettings({
    MAX_BODY_BYTES: '2048',
    MAX_TOKENS: '11',
    MAX_DEPTH: '1',
    MAX_ALIASES: '2',
    MAX_ROOT_FIELDS: '3',
    MAX_DIRECTIVES: '4',
    MAX_SELECTIONS: '15',
    MAX_RECURSION: '6',
    MAX_COST: '7',
    TRUSTED_DOCUMENTS: 'documents.json',
  });
  expect(limits).toMatchObject({
    bodyBytes: 2_048,
    tokens: 11,
    depth: 1,
    aliases: 2,
    rootFields: 3,
    directives: 4,
    selections: 15,
    recursion: 6,
    cost: 7,
    trustedDocumentsFile: 'documents.json',
  });
});

test.each([
  ['MAX_BODY_BYTES', '10'],
  ['MAX_TOKENS', 'many'],
  ['MAX_DEPTH', '0'],
  ['MAX_DEPTH', '1000'],
  ['MAX_COST', '-1'],
  ['MAX_ALIASES', ''],
])('%s=%s is refused by name', (name, value) => {
  expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`Wrong setting: ${name}: `));
});
