/** Where a command says things: what it found on stdout, what goes on meanwhile on stderr. */
export interface Output {
  readonly isJson: boolean;
  /** Prints the result once: as one JSON object with `--json`, else as lines for people. */
  result(data: object, lines: readonly string[]): void;
  /** Says what happens now. Silent with `--json`. */
  say(line: string): void;
  /** Shows how far the work is: a bar that is drawn over on a terminal, a line every few seconds elsewhere. */
  progress(shown: Progress): void;
}

export interface Progress {
  done: number;
  total: number;
  /** What else is to be known: rates, what is waited for. */
  text: string;
}

/** Milliseconds between two lines of progress where there is no terminal. */
const LINE_EVERY_MS = 5_000;
const BAR_WIDTH = 24;
const ERASE_LINE = '\u001b[2K\r';

interface Streams {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown; isTTY?: boolean };
}

export function createOutput(isJson: boolean, { stdout, stderr }: Streams = process): Output {
  const isTerminal = stderr.isTTY === true;
  let isBarShown = false;
  let lastLineAt = 0;
  const eraseBar = () => {
    if (isBarShown) stderr.write(ERASE_LINE);
    isBarShown = false;
  };
  const say = (line: string) => {
    if (isJson) return;
    eraseBar();
    stderr.write(`${line}\n`);
  };
  return {
    isJson,
    result(data, lines) {
      eraseBar();
      stdout.write(`${isJson ? JSON.stringify(data, null, 2) : lines.join('\n')}\n`);
    },
    say,
    progress(shown) {
      if (isJson) return;
      if (isTerminal) {
        stderr.write(`${ERASE_LINE}${bar(shown)}`);
        isBarShown = true;
        return;
      }
      if (Date.now() - lastLineAt < LINE_EVERY_MS) return;
      lastLineAt = Date.now();
      say(`${shown.done} of ${shown.total}  ${shown.text}`);
    },
  };
}

/** `[#####-----]  50 %  text`, no wider than a terminal's line. */
export function bar({ done, total, text }: Progress): string {
  const share = total === 0 ? 1 : Math.min(done / total, 1);
  const filled = Math.round(share * BAR_WIDTH);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${percent}  ${text}`.slice(0, 110);
}

/** Rows of texts under a heading, in columns as wide as they need to be; numbers go to the right. */
export function columns(
  heading: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  const lines = [heading, ...rows];
  const widths = heading.map((_, index) =>
    Math.max(...lines.map((line) => String(line[index] ?? '').length)),
  );
  return lines.map((line) =>
    line
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
