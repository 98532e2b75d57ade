import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { StartError } from '../shared/start-error';
import { processTree, type Usage, usageOfTree } from './process-usage';

export interface ServerProcessOptions {
  name: string;
  /** The script, and what it is told. */
  args: string[];
  /** The folder in which it runs, where that matters. */
  directory?: string;
  environment: Record<string, string>;
  port: number;
  logDirectory: string;
}

/** A process of its own that listens on a port of this machine. */
export interface ServerProcess {
  readonly port: number;
  usage(): Usage;
  /** Keeps it, with all that it started, from doing anything until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

const START_MAY_TAKE_MS = 60_000;
const LOOK_EVERY_MS = 50;
const STOP_MAY_TAKE_MS = 10_000;

/** Starts Node with a script and waits until it listens. Throws a `StartError` with what it printed when it does not. */
export async function startServer(options: ServerProcessOptions): Promise<ServerProcess> {
  const log = path.join(options.logDirectory, `${options.name}.log`);
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, options.args, {
    cwd: options.directory,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.environment },
    stdio: ['ignore', output, output],
  });
  const deadline = Date.now() + START_MAY_TAKE_MS;
  while (!(await isListening(options.port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new StartError(`${options.name} did not start:\n${readFileSync(log, 'utf8').slice(-4_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const pid = child.pid ?? 0;
  const signalAll = (signal: NodeJS.Signals) => {
    for (const each of processTree(pid)) {
      try {
        process.kill(each, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  return {
    port: options.port,
    usage: () => usageOfTree(pid),
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
    stop: () => end(child),
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MAY_TAKE_MS);
  await ended;
  clearTimeout(timer);
}
