import type { Pool, PoolClient, Submittable } from 'pg';
import { beforeDeadline } from '../subgraph/deadline';
import type { SubgraphCall } from '../subgraph/transport';
import { isStatementOutdated, leavesConnectionGood, type ScopedQuery } from './scoped-query';

/**
 * Connections of a pool on which a statement is sent without waiting for the answers of those before it (PostgreSQL
 * manual, "Pipelining"). Each is a transaction of its own all the same. PostgreSQL answers them one after the other, so none that
 * may take long belongs here.
 */
export interface SharedConnections {
  /** One that takes the next statement at once; `null` where there is none. */
  join(): SharedConnection | null;
}

export interface SharedConnection {
  /** Answers the statement's rows; where one before it takes too long, it is run elsewhere. */
  run(one: SharedStatement): Promise<unknown[]>;
}

export interface SharedStatement {
  call: SubgraphCall;
  /** By which it is told from others. */
  name: string;
  /** Throws when the call is over. */
  createQuery: (callback: ScopedQuery['callback']) => ScopedQuery;
  /** Runs it on a connection of its own. It may run here too: it only reads. */
  runElsewhere: () => Promise<unknown[]>;
}

interface Options {
  maxConnections: number;
  /** Milliseconds after which those behind a statement wait for it no more. */
  stuckAfterMs: number;
  /** Hears of a statement that took as long. */
  onStuck: (name: string) => void;
}

/** Few, so that PostgreSQL's processes stay awake and have at hand what they need. */
const MAX_CONNECTIONS = 2;
const MAX_SENT = 16;

export function createSharedConnections(pool: Pool, options: Options): SharedConnections {
  const maxConnections = Math.min(MAX_CONNECTIONS, options.maxConnections);
  const open = new Set<PipelinedConnection>();

  function openAnother(): PipelinedConnection {
    const connection = new PipelinedConnection(pool.connect(), {
      ...options,
      onClosed: () => open.delete(connection),
    });
    open.add(connection);
    return connection;
  }

  return {
    join() {
      const [emptiest] = [...open].sort((one, other) => one.load - other.load);
      const isAtHand = pool.idleCount > pool.waitingCount;
      if (open.size < maxConnections && (isAtHand || !emptiest)) return openAnother();
      return emptiest && emptiest.load < MAX_SENT ? emptiest : null;
    },
  };
}

interface ConnectionOptions extends Pick<Options, 'stuckAfterMs' | 'onStuck'> {
  /** Hears that it takes no more statements. */
  onClosed: () => void;
}

interface Sent {
  name: string;
  /** Whether it is run elsewhere, and its answer from here is nobody's any more. */
  isElsewhere: boolean;
  runElsewhere: () => void;
}

/** A connection that is out of the pool until it has answered everybody. */
class PipelinedConnection implements SharedConnection {
  readonly #coming: Promise<PoolClient>;
  readonly #options: ConnectionOptions;
  #client: PoolClient | null = null;
  /** Statements that wait for the connection to come. */
  #arriving = 0;
  /** Statements without an answer, in the order in which they get it. */
  readonly #sent = new Set<Sent>();
  #isBroken = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(coming: Promise<PoolClient>, options: ConnectionOptions) {
    this.#coming = coming;
    this.#options = options;
    coming.then(
      (client) => {
        this.#client = client;
        this.#releaseUnused();
      },
      () => options.onClosed(),
    );
  }

  get load(): number {
    return this.#arriving + this.#sent.size;
  }

  run(one: SharedStatement): Promise<unknown[]> {
    return this.#client ? this.#send(this.#client, one) : this.#sendWhenCome(one);
  }

  async #sendWhenCome(one: SharedStatement): Promise<unknown[]> {
    this.#arriving += 1;
    try {
      const client = await beforeDeadline(one.call, () => this.#coming);
      return this.#send(client, one);
    } finally {
      this.#arriving -= 1;
      this.#releaseUnused();
    }
  }

  #send(client: PoolClient, { name, createQuery, runElsewhere }: SharedStatement): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const sent: Sent = {
        name,
        isElsewhere: false,
        runElsewhere() {
          sent.isElsewhere = true;
          resolve(runElsewhere());
        },
      };
      const query = createQuery((error, rows) => {
        this.#sent.delete(sent);
        this.#watch?.refresh();
        if (!error) resolve(rows ?? []);
        else if (isStatementOutdated(error) && !sent.isElsewhere) sent.runElsewhere();
        else reject(error);
        if (error && !leavesConnectionGood(error)) {
          this.#isBroken = true;
          this.#options.onClosed();
        }
        this.#releaseUnused();
      });
      this.#sent.add(sent);
      this.#watch ??= setTimeout(() => this.#lookWhoIsFirst(), this.#options.stuckAfterMs);
      // The types of `pg` tell of fewer messages than its connections have.
      client.query(query as object as Submittable);
    });
  }

  /** Nothing was answered for a while. What has come meanwhile is read first: it may be this process that was busy. */
  #lookWhoIsFirst(): void {
    const [first] = this.#sent;
    setImmediate(() => {
      const [stillFirst, ...behind] = this.#sent;
      if (!first || stillFirst !== first) return;
      this.#options.onClosed();
      this.#options.onStuck(first.name);
      for (const sent of behind) if (!sent.isElsewhere) sent.runElsewhere();
    });
  }

  #releaseUnused(): void {
    if (this.load > 0 || !this.#client) return;
    clearTimeout(this.#watch);
    this.#options.onClosed();
    this.#client.release(this.#isBroken);
    this.#client = null;
  }
}
