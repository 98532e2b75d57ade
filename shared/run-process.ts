import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { StartError } from './start-error';

/** Milliseconds from a signal to the end, whatever still runs then. */
const STOP_DEADLINE_MS = 9_500;
/** How long requests that run at a signal may take, so that everything else can still be stopped within the deadline. */
export const REQUESTS_MAY_TAKE_MS = 7_000;

/**
 * What a server allocates is of no use any more when its request is answered. V8 takes what outlives the start for a rule,
 * and would allocate rows, answers and all that they hold in its old space, which is collected seldom and at length; and
 * it would let that space grow to several times what is in use before it looks.
 */
const MEMORY_FLAGS = ['--no-allocation-site-pretenuring', '--heap-growing-percent=50'];
/**
 * Most functions of a server run once or twice a request. V8 compiles one after it ran so many bytes of its bytecode, a third of
 * what is usual, and keeps its memory while nobody asks: after it was given back requests cost three times as much for a while.
 */
const HOT_FLAGS = ['--interrupt-budget=20000', '--no-memory-reducer'];

/**
 * Runs a process from start to stop. `start` resolves with what stops it again; on SIGTERM or SIGINT that runs once,
 * also when the signal comes while the process still starts, or comes twice, as npm sends a terminal's Ctrl-C. A `StartError` is printed as its one line; exit code 1.
 */
export async function runProcess(start: () => Promise<() => Promise<void>>): Promise<void> {
  for (const flag of [...MEMORY_FLAGS, ...HOT_FLAGS]) setFlagsFromString(flag);
  const stopRequested = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
  void stopRequested.then(() => {
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
  });
  try {
    const stop = await start();
    await stopRequested;
    await stop();
    process.exit(0);
  } catch (error) {
    failProcess(error);
  }
}

/** The same for a server that takes no options but `--help`; it refuses others with a line. */
export async function runServer(help: string, start: () => Promise<() => Promise<void>>): Promise<void> {
  try {
    const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help) console.log(help);
    else await runProcess(start);
  } catch (error) {
    failProcess(error);
  }
}

/** Waits for `work`, but not longer than `milliseconds`; work that is not done then is left to end with the process. */
export async function waitAtMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}

/** Ends the process and says why: one line for what its caller can mend, all of a defect. */
export function failProcess(error: unknown, exitCode = 1): never {
  console.error(error instanceof StartError || isWrongOption(error) ? error.message : error);
  process.exit(exitCode);
}

function isWrongOption(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
