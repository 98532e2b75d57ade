import { generateFiles, staleFiles } from '../tools/generate';

test('every generated file is what the sources say', async () => {
  expect(await staleFiles(await generateFiles())).toEqual([]);
});

test('a file that differs is found', async () => {
  const [file] = await generateFiles();
  if (!file) throw new Error('nothing is generated');
  expect(await staleFiles([{ ...file, content: `${file.content}#` }])).toEqual([file.path]);
});
