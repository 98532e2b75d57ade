import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Pool, PoolClient, Submittable } from 'pg';
import type { Sql } from 'sql-template-tag';
import { CodedError } from '../errors/coded-error';
import { beforeDeadline } from '../subgraph/deadline';
import type { SubgraphCall } from '../subgraph/transport';
import { isConnectionLost } from './postgres-errors';
import { isStatementOutdated, leavesConnectionGood, ScopedQuery, type StatementScope } from './scoped-query';
import { createSharedConnections } from './shared-connections';
import { statementName } from './statement-name';
import { atDeadline, STATEMENT_TIMEOUT_MS } from './statement-time';

/** One statement of a call, outside of a transaction. */
export interface ScopedStatement {
  call: SubgraphCall;
  statement: Sql;
  /** In which scope it runs, asked when it is sent. Throws `REQUEST_TIMEOUT` when the call is over. */
  scopeOf: () => StatementScope;
}

/** Answers the rows of a statement. */
export type RunStatement = (one: ScopedStatement) => Promise<unknown[]>;

/** A read that is answered within this time shares a connection from then on. */
const QUICK_MS = 100;
/** What is waited beyond the time that PostgreSQL has for a statement, for the case that it does not answer any more. */
const SILENCE_MS = 1_000;
/** What ends one connection mostly ends others, of which the pool hears within this time. */
const OTHERS_END_MS = 100;
const MAX_QUICK_READS = 1_000;

/**
 * Most reads look a few rows up by their keys, and share connections. Writes, which may wait for locks, run alone on one; so
 * does a read until it was quick once, and again after it was not.
 */
export function createRunStatement(pool: Pool, poolSize: number): RunStatement {
  const quickReads = new LRUCache<string, true>({ max: MAX_QUICK_READS });
  const shared = createSharedConnections(pool, {
    // One is left for what runs alone.
    maxConnections: poolSize - 1,
    stuckAfterMs: QUICK_MS,
    onStuck: (name) => quickReads.delete(name),
  });

  async function runAlone(one: ScopedStatement, name: string | null): Promise<unknown[]> {
    const client = await connectInTime(pool, one.call);
    try {
      const startedAt = performance.now();
      const rows = await runOn(client, one, name).catch((error) => {
        if (isStatementOutdated(error)) return runOn(client, one, name);
        throw error;
      });
      const isQuick = performance.now() - startedAt < QUICK_MS;
      if (isQuick && name !== null && isRead(one.statement)) quickReads.set(name, true);
      client.release();
      return rows;
    } catch (error) {
      client.release(!(leavesConnectionGood(error) || error instanceof CodedError));
      throw error;
    }
  }

  function run(one: ScopedStatement): Promise<unknown[]> {
    const name = statementName(one.statement.text);
    if (name === null || !quickReads.get(name)) return runAlone(one, name);
    const connection = shared.join();
    if (!connection) return runAlone(one, name);
    const { call, statement, scopeOf } = one;
    return connection.run({
      call,
      name,
      createQuery: (callback) =>
        new ScopedQuery(
          // Those before it may take as long, and what waits behind one that does is run elsewhere.
          { scope: scopeOf(), statement, name, mayTakeMs: STATEMENT_TIMEOUT_MS + SILENCE_MS },
          callback,
        ),
      runElsewhere: () => runAlone(one, name),
    });
  }

  /** A read whose connection ended is run once more on another: it wrote nothing, so nobody need learn of it. */
  async function runAgain(one: ScopedStatement, error: unknown): Promise<unknown[]> {
    if (!isRead(one.statement) || !isConnectionLost(error)) throw error;
    await delay(OTHERS_END_MS);
    return runAlone(one, statementName(one.statement.text));
  }

  return async (one) => {
    try {
      return await run(one).catch((error) => runAgain(one, error));
    } catch (error) {
      throw atDeadline(error, one.call);
    }
  };
}

function isRead({ text }: Sql): boolean {
  return /^\s*SELECT\b/i.test(text);
}

function runOn(
  client: PoolClient,
  { scopeOf, statement }: ScopedStatement,
  name: string | null,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const scope = scopeOf();
    const query = new ScopedQuery(
      { scope, statement, name, mayTakeMs: scope.timeoutMs + SILENCE_MS },
      (error, rows) => (error ? reject(error) : resolve(rows ?? [])),
    );
    // The types of `pg` tell of fewer messages than its connections have.
    client.query(query as object as Submittable);
  });
}

/** Waits for a connection until the call's deadline; one that comes later goes back to the pool. */
function connectInTime(pool: Pool, call: SubgraphCall): Promise<PoolClient> {
  const isAtHand = pool.idleCount > pool.waitingCount;
  const connecting = pool.connect();
  if (isAtHand) return connecting;
  return beforeDeadline(call, () => connecting).catch((error) => {
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    throw error;
  });
}
