import { runPeer } from './peers';
import { type Request, UNIQUE } from './scenes';
import type { ServerProcess } from './server-process';

/** What one round of load on one variant told. */
export interface Sample {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  nodeCpuMs: number;
  postgresCpuMs: number;
  rssMegabytes: number;
}

export interface Load {
  requests: Request[];
  /** Seconds for which the requests are gone round, or once for each of them. */
  for: { seconds: number } | 'once';
}

interface Driven {
  answered: number;
  failed: number;
  seconds: number;
  p50: number;
  p99: number;
}

const CONNECTIONS = 16;
/** As many as divide the requests that are sent once evenly. */
const CONNECTIONS_ONCE = 10;
const BYTES_PER_MEGABYTE = 1_048_576;

/**
 * Loads the first of the processes and reads what all of them and PostgreSQL used for it. CPU time is that of one
 * request in milliseconds. Throws when an answer is not one.
 */
export async function measure(
  processes: ServerProcess[],
  { usage: postgresUsage }: Pick<ServerProcess, 'usage'>,
  load: Load,
): Promise<Sample> {
  const used = () => processes.reduce((sum, process) => sum + process.usage().cpuMs, 0);
  const before = { node: used(), postgres: postgresUsage().cpuMs };
  const driven = await drive(processes, load);
  const after = { node: used(), postgres: postgresUsage().cpuMs };
  return {
    requestsPerSecond: driven.answered / driven.seconds,
    p50Ms: driven.p50,
    p99Ms: driven.p99,
    nodeCpuMs: (after.node - before.node) / driven.answered,
    postgresCpuMs: (after.postgres - before.postgres) / driven.answered,
    rssMegabytes: processes.reduce((sum, process) => sum + process.usage().rssBytes, 0) / BYTES_PER_MEGABYTE,
  };
}

/** Loads the first of the processes. Throws when an answer is not one. */
export async function drive(processes: ServerProcess[], load: Load): Promise<Driven> {
  const isOnce = load.for === 'once';
  const order = {
    url: `http://127.0.0.1:${processes[0]?.port}`,
    requests: load.requests,
    connections: isOnce ? CONNECTIONS_ONCE : CONNECTIONS,
    ...(load.for === 'once' ? { amount: load.requests.length } : { duration: load.for.seconds }),
    hasUniqueIds: load.requests.some(({ body }) => body?.includes(UNIQUE)),
  };
  const driven = JSON.parse(await runPeer('drive.mjs', [], JSON.stringify(order))) as Driven;
  if (driven.failed > 0 || driven.answered === 0) {
    throw new Error(`${driven.failed} requests failed and ${driven.answered} were answered`);
  }
  return driven;
}

/** Of each figure the one in the middle. */
export function medianOf(samples: Sample[]): Sample {
  const middle = (pick: (sample: Sample) => number) => median(samples.map(pick));
  return {
    requestsPerSecond: middle((sample) => sample.requestsPerSecond),
    p50Ms: middle((sample) => sample.p50Ms),
    p99Ms: middle((sample) => sample.p99Ms),
    nodeCpuMs: middle((sample) => sample.nodeCpuMs),
    postgresCpuMs: middle((sample) => sample.postgresCpuMs),
    rssMegabytes: middle((sample) => sample.rssMegabytes),
  };
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? upper;
  return (lower + upper) / 2;
}
