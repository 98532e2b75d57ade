import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../shared/package-root';
import type { ServerProcess } from './server-process';
import { type PeerSubgraphs, type Surroundings, startPeerSubgraphs, type Variant } from './variants';

/** A variant whose processes run, or are kept from it. */
export interface RunningVariant {
  variant: Variant;
  /** The first is the one that is asked. */
  processes: ServerProcess[];
}

export interface RunningVariants {
  all: RunningVariant[];
  /** Lets this one alone run while `work` does. */
  alone<T>(one: RunningVariant, work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** After a pause, timers of some seconds are due all at once; this is what they get. */
const SETTLE_MS = 300;

/** Starts the variants one after the other and keeps them from doing anything until it is their turn. */
export async function startVariants(
  variants: Variant[],
  shared: Omit<Surroundings, 'peerSubgraphs'>,
): Promise<RunningVariants> {
  let peerSubgraphs: Promise<PeerSubgraphs> | undefined;
  const surroundings: Surroundings = {
    ...shared,
    peerSubgraphs: () => {
      peerSubgraphs ??= startPeerSubgraphs(shared);
      return peerSubgraphs;
    },
  };
  const all: RunningVariant[] = [];
  const processes = () => new Set(all.flatMap((one) => one.processes));
  const stop = async () => {
    for (const process of processes()) process.resume();
    await Promise.all([...processes()].map((process) => process.stop()));
  };
  try {
    for (const variant of variants) all.push({ variant, processes: await variant.start(surroundings) });
  } catch (error) {
    await stop();
    await peerSubgraphs?.then((peers) => Promise.all(peers.processes.map((process) => process.stop())));
    throw error;
  }
  for (const process of processes()) process.pause();
  return {
    all,
    async alone({ processes }, work) {
      for (const process of processes) process.resume();
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      try {
        return await work();
      } finally {
        for (const process of processes) process.pause();
      }
    },
    stop,
  };
}

/** Writes the keys of the distributed shape as an operator would, and answers where they are. */
export async function writeInternalKeys(directory: string): Promise<string> {
  const keys = path.join(directory, 'internal-keys');
  await promisify(execFile)(process.execPath, [
    path.join(packageRoot, 'dist', 'operations', 'internal-keys.js'),
    '--out',
    keys,
  ]);
  return keys;
}
