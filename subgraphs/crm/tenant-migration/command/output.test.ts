import { bar, columns, createOutput } from './output';

function capture(isTTY: boolean) {
  const texts: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] };
  const streams = {
    stdout: { write: (text: string) => texts.stdout.push(text) },
    stderr: { isTTY, write: (text: string) => texts.stderr.push(text) },
  };
  return { written: () => ({ stdout: texts.stdout.join(''), stderr: texts.stderr.join('') }), streams };
}

test.each([
  [{ done: 0, total: 4, text: 'x' }, '[------------------------]   0 %  x'],
  [{ done: 2, total: 4, text: 'x' }, '[############------------]  50 %  x'],
  [{ done: 9, total: 4, text: 'x' }, '[########################] 100 %  x'],
  [{ done: 0, total: 0, text: '' }, '[########################] 100 %  '],
])('%j as a bar', (progress, expected) => {
  expect(bar(progress)).toBe(expected);
});

test('columns are as wide as their widest cell', () => {
  expect(
    columns(
      ['table', 'rows'],
      [
        ['lead', 12],
        ['customer', 7],
      ],
    ),
  ).toEqual(['table     rows', 'lead        12', 'customer     7']);
});

test('a bar is drawn over on a terminal, and a line says it once in a while elsewhere', () => {
  const terminal = capture(true);
  const live = createOutput(false, terminal.streams);
  live.progress({ done: 1, total: 2, text: 'a' });
  live.say('held');
  expect(terminal.written().stderr).toBe('\u001b[2K\r[############------------]  50 %  a\u001b[2K\rheld\n');

  const file = capture(false);
  const plain = createOutput(false, file.streams);
  plain.progress({ done: 1, total: 2, text: 'a' });
  plain.progress({ done: 2, total: 2, text: 'b' });
  expect(file.written().stderr).toBe('1 of 2  a\n');
});

test('with --json there is one object and nothing else', () => {
  const { written, streams } = capture(true);
  const output = createOutput(true, streams);
  output.say('started');
  output.progress({ done: 1, total: 2, text: '' });
  output.result({ outcome: 'DONE' }, ['done']);
  expect(written()).toEqual({ stdout: '{\n  "outcome": "DONE"\n}\n', stderr: '' });
});
