import path from 'node:path';
import { readSettings } from './settings';

const folders = (environment: Record<string, string>) => {
  const { dataDirectory, deprovisioning, identity } = readSettings(environment);
  return [dataDirectory, deprovisioning.exportDirectory, identity.internalKeysDirectory];
};

test('a folder that is set empty is not set', () => {
  expect(folders({ DATA_DIR: '', EXPORT_DIR: '', INTERNAL_KEYS_DIR: '' })).toEqual(folders({}));
});

test('folders that are not set lie in the data folder', () => {
  const inside = ['.', 'exports', 'internal-keys'];
  expect(folders({ DATA_DIR: '/data' })).toEqual(inside.map((name) => path.resolve('/data', name)));
});
