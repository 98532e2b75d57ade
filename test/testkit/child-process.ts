import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { packageRoot } from '../../shared/package-root';

/** A process of the built product, started as an operator would start it. */
export interface Program {
  readonly process: ChildProcess;
  /** Everything that it printed so far. */
  output(): string;
  /** Resolves when it has printed `text`; rejects when it ends or 30 seconds pass before. */
  printed(text: string): Promise<void>;
  /** Resolves with its exit code, or with the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
}

const WAIT_MS = 30_000;

/** Starts `dist/<file>` with nothing of this environment but the path and what is given. */
export function startProgram(
  file: string,
  environment: Record<string, string>,
  args: string[] = [],
): Program {
  const child = spawn(process.execPath, [path.join(packageRoot, 'dist', file), ...args], {
    cwd: packageRoot,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LOG_LEVEL: 'warn', ...environment },
  });
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
  const printed = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Did not print "${wanted}" but:\n${text}`)), WAIT_MS);
      const check = () => {
        if (!text.includes(wanted)) return;
        clearTimeout(timer);
        listeners.delete(check);
        resolve();
      };
      listeners.add(check);
      check();
      void ended.then((code) =>
        reject(new Error(`Ended with ${code} before it printed "${wanted}":\n${text}`)),
      );
    });
  return { process: child, output: () => text, printed, ended };
}

/** The `authorization` header of the line that a program printed for its first request. */
export function printedAuthorization(program: Program | undefined): string {
  const [, header] = /-H 'authorization: (Bearer [^']+)'/.exec(program?.output() ?? '') ?? [];
  if (header === undefined) throw new Error(`No token was printed:\n${program?.output()}`);
  return header;
}
