import { execFileSync } from 'node:child_process';
import { shellWord } from './shell-word';

test.each([
  ['yolo', 'yolo'],
  [' Yolo', "' Yolo'"],
  ['', "''"],
  ['$(id) `id` "x" !', `'$(id) \`id\` "x" !'`],
  ['yolo\t', "$'yolo\\u0009'"],
  ['yolo\u200b', "$'yolo\\u200b'"],
  ['\u00a0yolo', "$'\\u00a0yolo'"],
  ["o'yolo\\n", "$'o\\'yolo\\\\n'"],
])('%j is one word as %s', (text, word) => {
  expect(shellWord(text)).toBe(word);
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  expect(execFileSync('bash', ['-c', `printf %s ${word}`], { encoding: 'utf8', env })).toBe(text);
});
