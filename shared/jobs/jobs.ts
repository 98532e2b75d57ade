import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import PgBoss from 'pg-boss';
import { KeepingClient, PLANNED_ONCE } from '../database/keeping-client';
import { moveForwardStatement } from './move-forward';
import { renewStatement } from './renew-jobs';
import { type QueueWorker, type WorkOptions, workQueue } from './work-queue';

/** A piece of work for later, or for another process. */
export interface NewJob {
  queue: string;
  /** What the handler gets. It names records; whoever may read the job tables learns nothing else. */
  data: object;
  /** One job waits at most for each key of a queue: of two, the one that is due sooner. */
  key: string;
  /** Milliseconds from now, by the database's clock, before which it is not handled; 0 unless given. */
  delayMs?: number;
}

/** Runs one statement, as pg-boss wants it. */
export type RunStatement = (text: string, values: unknown[]) => Promise<unknown[]>;

/**
 * A subgraph's job queues. A job is put in with the change that asks for it (`Transaction.enqueue`) and is handled at
 * least once, by whichever process of the subgraph takes it; one that is killed meanwhile loses it to another after the
 * queue's seconds or, where handling may take long, after fifteen.
 */
export interface Jobs {
  /** Puts jobs in by `run`, which decides what they are part of. One that waits longer for the same key is moved forward. */
  insert(run: RunStatement, jobs: readonly NewJob[]): Promise<void>;
  /** As `insert`, by itself; this process's workers look for those that need not wait. */
  enqueue(jobs: readonly NewJob[]): Promise<void>;
  /** Begins to handle the queue's jobs in this process, if it is one that does. Rejects when the database does not answer. */
  work(queue: string, options: WorkOptions): Promise<void>;
  /** Tells this process's workers of the queues that there is something for them; others find it at their next look. */
  nudge(queues: Iterable<string>): void;
  /** Takes no more jobs, and waits for those that are handled. Stopping twice is the same as once. */
  stop(): Promise<void>;
}

export interface JobsOptions {
  /** The login of the subgraph's run-time role. */
  url: string;
  schema: string;
  onError: (error: Error) => void;
  /** Whether this process handles jobs; a command beside the graph leaves them to it. */
  handlesJobs: boolean;
}

/** Apart from the connections of requests, so that neither waits for the other. */
const MAX_CONNECTIONS = 2;
const STATEMENT_TIMEOUT_MS = 30_000;
/** How soon it is noticed that whoever took a job did not end it in time. */
const EXPIRY_IS_CHECKED_EVERY_S = 3;

/** Opens the job queues that migrations made. Nothing is connected before the first use. */
export function createJobs({ url, schema, onError, handlesJobs }: JobsOptions): Jobs {
  const pool = new Pool({
    Client: KeepingClient,
    connectionString: url,
    max: MAX_CONNECTIONS,
    application_name: `tenant-graph ${schema} jobs`,
    connectionTimeoutMillis: 5_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    options: PLANNED_ONCE,
    query_timeout: STATEMENT_TIMEOUT_MS + 1_000,
  });
  pool.on('error', onError);
  const boss = new PgBoss({
    db: { executeSql: (text: string, values: unknown[]) => pool.query(text, values) },
    schema: `${schema}_jobs`,
    migrate: false,
    schedule: false,
    maintenanceIntervalSeconds: EXPIRY_IS_CHECKED_EVERY_S,
  });
  boss.on('error', onError);
  const moveForward = moveForwardStatement(`${schema}_jobs`);
  const renewal = renewStatement(`${schema}_jobs`);
  const workers = new Map<string, QueueWorker>();
  let supervised: Promise<unknown> | null = null;
  let stopping: Promise<void> | null = null;

  async function insert(run: RunStatement, jobs: readonly NewJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const rows = soonestOfEachKey(jobs).map(({ queue, data, key, delayMs = 0 }) => ({
      id: randomUUID(),
      name: queue,
      data,
      singletonKey: key,
      startAfter: `${delayMs} milliseconds`,
    }));
    let inserted: unknown[] = [];
    // Insert first: the unique index arbitrates, and what it refused stands for a job that can be seen now.
    await boss.insert(rows as PgBoss.JobInsert[], {
      db: {
        async executeSql(text, values) {
          inserted = await run(`${text} RETURNING id`, values);
          return { rows: inserted };
        },
      },
    });
    const ids = new Set<string>((inserted as { id: string }[]).map(({ id }) => id));
    const refused = rows.filter(({ id }) => !ids.has(id));
    if (refused.length > 0) await run(moveForward, [JSON.stringify(refused)]);
  }

  function nudge(queues: Iterable<string>): void {
    for (const queue of queues) workers.get(queue)?.nudge();
  }

  async function stop(): Promise<void> {
    await Promise.all([...workers.values()].map((worker) => worker.stop()));
    await boss.stop({ graceful: false });
    await pool.end();
  }

  return {
    insert,
    async enqueue(jobs) {
      await insert(async (text, values) => (await pool.query(text, values)).rows, jobs);
      nudge(jobs.filter(({ delayMs = 0 }) => delayMs === 0).map(({ queue }) => queue));
    },
    async work(queue, options) {
      if (!handlesJobs) return;
      supervised ??= boss.start();
      await supervised;
      const renew = (ids: string[]) => pool.query(renewal, [queue, ids]);
      workers.set(queue, workQueue({ boss, queue, renew, onError }, options));
    },
    nudge,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

function soonestOfEachKey(jobs: readonly NewJob[]): NewJob[] {
  const soonestLast = jobs.toSorted((one, other) => (other.delayMs ?? 0) - (one.delayMs ?? 0));
  return [...new Map(soonestLast.map((job) => [`${job.queue} ${job.key}`, job])).values()];
}
