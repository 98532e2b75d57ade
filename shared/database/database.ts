import { LRUCache } from 'lru-cache';
import type { Pool, QueryConfig } from 'pg';
import type { Sql } from 'sql-template-tag';
import {
  DataSource,
  type EntityManager,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
  type Logger as TypeOrmLogger,
} from 'typeorm';
import { auditStatement, type RecordedChange } from '../audit/record-change';
import type { NewEvent } from '../events/event';
import { announcement, outboxStatement } from '../events/outbox';
import { createJobs, type Jobs, type NewJob } from '../jobs/jobs';
import { remainingMs } from '../subgraph/deadline';
import type { SubgraphCall } from '../subgraph/transport';
import { KeepingClient, PLANNED_ONCE } from './keeping-client';
import {
  describeConnectionFailure,
  isConnectionDoubtful,
  isDeadlock,
  postgresErrorOf,
} from './postgres-errors';
import { createRunStatement, type RunStatement, type ScopedStatement } from './run-statement';
import { applyScope, isStatementOutdated } from './scoped-query';
import { atDeadline, STATEMENT_TIMEOUT_MS, statementTimeout } from './statement-time';

/** Reads and raw writes on one connection or on any of the pool's. */
export interface SqlRunner {
  /** Runs one statement. Values travel as parameters, never inside the text. */
  rows<Row>(statement: Sql): Promise<Row[]>;
  /** The first row, or `null`. */
  row<Row>(statement: Sql): Promise<Row | null>;
}

/** One transaction: all of its statements take effect together or not at all. */
export interface Transaction extends SqlRunner {
  readonly manager: EntityManager;
  /** Appends the change to the audit trail. Call it last: writers of one tenant follow each other from here on. */
  record(change: RecordedChange): Promise<void>;
  /** Publishes the event if the transaction commits. Call it after `record`, so that all take their turns alike. */
  publish(event: NewEvent): Promise<void>;
  /** Puts a job into a queue of this subgraph if the transaction commits. */
  enqueue(job: NewJob): Promise<void>;
  /** Runs `look` with every tenant's rows, for whether a name that is unique on the platform is taken. */
  amongAllTenants<T>(look: () => Promise<T>): Promise<T>;
}

/**
 * A subgraph's database as one call sees it: the rows of the tenants that its viewer reaches, and no others. A `SELECT` outside of a
 * transaction may run twice, so it must write nothing.
 */
export interface Database extends SqlRunner {
  /**
   * Runs `work` in one transaction. PostgreSQL ends one of two transactions that wait for each other; `work` is then
   * run again, so it must have no effects outside of its transaction. With `REPEATABLE READ` all of its statements see what was
   * committed before the first one.
   */
  transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    options?: { isolation?: 'REPEATABLE READ' },
  ): Promise<T>;
  /** `alias.display_name AS "displayName", …`: the columns of the entity under their properties' names. */
  columns(entity: EntityTarget<ObjectLiteral>, alias: string, choice?: ColumnChoice): string;
}

export interface ColumnChoice {
  /** Stands before each property's name. */
  prefix?: string;
  /** Properties whose columns are enough. Among names that are no properties all columns are chosen. */
  only?: ReadonlySet<string>;
}

/** The keys by which a system knows the tenants that a viewer reaches; `all` for the whole platform. */
export type TenantKeys = 'all' | readonly string[];

/** A subgraph's connections, logged in as its run-time role. Nothing can be read but on behalf of a call. */
export interface DatabasePool {
  /**
   * The database for one call. `tenantKeys` says which tenants' rows exist: by their UUIDs unless the system knows
   * tenants by keys of its own. Its statements end with the call's deadline; then they throw `REQUEST_TIMEOUT`.
   */
  forCall(call: SubgraphCall, tenantKeys?: () => TenantKeys | Promise<TenantKeys>): Database;
  /** The subgraph's job queues, in the same database. */
  readonly jobs: Jobs;
  /** Rejects when the database does not answer. */
  checkHealth(): Promise<void>;
  /** Ends the work on jobs, then the connections. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  schema: string;
  /** The schemas in which a table's name is looked for, the first one first; `schema` alone unless given. */
  searchPath?: readonly string[];
  entities: EntityTarget<ObjectLiteral>[];
  poolSize: number;
  /** Called with each statement as it is sent; used to count them. */
  onStatement?: (text: string) => void;
  onPoolError: (error: Error) => void;
  /** Whether this process handles the jobs that wait; unless given it does. */
  handlesJobs?: boolean;
}

/** As long as a statement may take that a transaction gave more time. */
const LONGEST_STATEMENT_MS = 120_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A new connection has to log in, and to parse and plan what the old one kept. */
const IDLE_CONNECTION_LIVES_MS = 600_000;
const MAX_TRANSACTION_ATTEMPTS = 5;
/** Choices of columns that are remembered: as callers ask for fields, so they differ. */
const MAX_KNOWN_COLUMNS = 500;

/** Opens the pool and proves it with one connection. Throws a `StartError` when the database does not let us in. */
export async function openDatabase(options: DatabaseOptions): Promise<DatabasePool> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    entities: options.entities as string[],
    poolSize: options.poolSize,
    applicationName: `tenant-graph ${options.schema}`,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: options.onPoolError,
    logging: options.onStatement ? ['query'] : false,
    logger: options.onStatement ? statementObserver(options.onStatement) : undefined,
    extra: {
      Client: KeepingClient,
      pipeline: true,
      query_timeout: LONGEST_STATEMENT_MS + 1_000,
      idleTimeoutMillis: IDLE_CONNECTION_LIVES_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      options: startOptions(options),
    },
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    throw describeConnectionFailure(error, options.url);
  }

  // TypeORM's driver for PostgreSQL keeps its pool as `master`, which the drivers' common type leaves out.
  const pool = (dataSource.driver as unknown as { master: Pool }).master;
  const runStatement = createRunStatement(pool, options.poolSize);
  const columns = createColumns(dataSource);
  const jobs = createJobs({
    url: options.url,
    schema: options.schema,
    onError: options.onPoolError,
    handlesJobs: options.handlesJobs ?? true,
  });

  return {
    forCall(call, tenantKeys = () => call.viewer.tenants) {
      return {
        transaction: async (work, { isolation } = {}) => {
          const { result, queues } = await repeatUntilRun(async () => {
            const keys = await tenantKeys();
            const asked: NewJob[] = [];
            const result = await inTransaction(dataSource, { call, isolation }, async (manager) => {
              const run = (statement: Sql) => {
                remainingMs(call);
                return manager.query(statement.text, statement.values);
              };
              const limitTo = (tenantKeys: TenantKeys) =>
                run(applyScope({ tenantKeys, timeoutMs: statementTimeout(call) }));
              await limitTo(keys);
              const record = async (change: RecordedChange) => {
                await run(auditStatement(options.schema, call, change));
              };
              const publish = async (event: NewEvent) => {
                await run(outboxStatement(options.schema, call, event));
                asked.push(announcement(event.tenantKey));
              };
              const enqueue = async (job: NewJob) => {
                asked.push(job);
              };
              const amongAllTenants = async <T>(look: () => Promise<T>) => {
                await limitTo('all');
                try {
                  return await look();
                } finally {
                  // After an error of PostgreSQL's nothing more can be done in the transaction.
                  await limitTo(keys).catch(() => undefined);
                }
              };
              const done = await work({
                manager,
                record,
                publish,
                enqueue,
                amongAllTenants,
                ...sqlRunner(run),
              });
              // Last, when the locks of the outbox are held: whoever takes the job then waits for the commit.
              await jobs.insert((text, values) => manager.query(text, values), asked);
              return done;
            });
            return { result, queues: new Set(asked.map(({ queue }) => queue)) };
          });
          jobs.nudge(queues);
          return result;
        },
        columns,
        ...sqlRunner((statement) => {
          options.onStatement?.(statement.text);
          return runInScope(runStatement, { call, tenantKeys, statement });
        }),
      };
    },
    jobs,
    checkHealth: async () => {
      await pool.query({ text: 'SELECT', query_timeout: CONNECT_TIMEOUT_MS } as QueryConfig);
    },
    async close() {
      await jobs.stop();
      await dataSource.destroy();
    },
  };
}

/**
 * What a connection starts with. Requests read few rows by keys, so an index is never the dearer way to them: what PostgreSQL
 * takes for granted of disks would have it read and sort all rows of a tenant for the first page of them.
 */
function startOptions({ schema, searchPath = [schema] }: DatabaseOptions): string {
  return `-c search_path=${searchPath.join(',')} ${PLANNED_ONCE} -c random_page_cost=1`;
}

/**
 * Runs `work` in a transaction that is committed before the call's deadline or not at all, so that whoever hears that
 * the request took too long may repeat it.
 */
async function inTransaction<T>(
  dataSource: DataSource,
  { call, isolation }: { call: SubgraphCall; isolation: 'REPEATABLE READ' | undefined },
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  remainingMs(call);
  const runner = dataSource.createQueryRunner() as ConnectedQueryRunner;
  try {
    await runner.startTransaction(isolation);
    const result = await work(runner.manager);
    remainingMs(call);
    await runner.commitTransaction();
    await runner.release();
    return result;
  } catch (error) {
    const isUndone =
      !isConnectionDoubtful(error) &&
      !isStatementOutdated(postgresErrorOf(error)) &&
      (await runner.rollbackTransaction().then(
        () => true,
        () => false,
      ));
    // Nobody knows the state of such a connection, or it keeps statements of no use; closed, it can commit nothing any more.
    if (isUndone) await runner.release();
    else await runner.releasePostgresConnection(asError(error));
    throw atDeadline(error, call);
  }
}

/** TypeORM's runner on PostgreSQL, whose way to close a connection for good its common type leaves out. */
interface ConnectedQueryRunner extends QueryRunner {
  releasePostgresConnection(error: Error): Promise<void>;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Runs a statement with the rows of the tenants whose keys are asked for first. */
async function runInScope(
  runStatement: RunStatement,
  {
    tenantKeys: readTenantKeys,
    ...one
  }: Omit<ScopedStatement, 'scopeOf'> & { tenantKeys: () => TenantKeys | Promise<TenantKeys> },
): Promise<unknown[]> {
  const read = readTenantKeys();
  // What is at hand is not waited for: every statement of a request comes this way.
  const tenantKeys = read instanceof Promise ? await read : read;
  return runStatement({ ...one, scopeOf: () => ({ tenantKeys, timeoutMs: statementTimeout(one.call) }) });
}

/** Repeats what PostgreSQL ended for no fault of its own. */
async function repeatUntilRun<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      const mayPass = isDeadlock(error) || (attempt === 1 && isStatementOutdated(postgresErrorOf(error)));
      if (!mayPass || attempt === MAX_TRANSACTION_ATTEMPTS) throw error;
    }
  }
}

function sqlRunner(run: (statement: Sql) => Promise<unknown>): SqlRunner {
  const rows = async <Row>(statement: Sql) => rowsOf<Row>(await run(statement));
  return { rows, row: async <Row>(statement: Sql) => (await rows<Row>(statement))[0] ?? null };
}

/** TypeORM answers `[rows, count]` for UPDATE and DELETE, and the rows alone for the rest. */
function rowsOf<Row>(result: unknown): Row[] {
  const list = result as Row[] | [Row[], number];
  return Array.isArray(list[0]) && typeof list[1] === 'number' ? list[0] : (list as Row[]);
}

/** Every request builds its stores and asks for some of their columns; what it selects is put together once. */
function createColumns(dataSource: DataSource): Database['columns'] {
  const known = new LRUCache<string, string>({ max: MAX_KNOWN_COLUMNS });
  return (entity, alias, choice = {}) => {
    const { prefix = '', only = ['*'] } = choice;
    const key = [dataSource.getMetadata(entity).tablePath, alias, prefix, ...only].join(' ');
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const columns = columnsOf(dataSource, entity, alias, choice);
    known.set(key, columns);
    return columns;
  };
}

function columnsOf(
  dataSource: DataSource,
  entity: EntityTarget<ObjectLiteral>,
  alias: string,
  { prefix = '', only }: ColumnChoice,
): string {
  const { columns, propertiesMap } = dataSource.getMetadata(entity);
  const isEnough = only && [...only].every((property) => Object.hasOwn(propertiesMap, property));
  return columns
    .filter(({ propertyName }) => !isEnough || only.has(propertyName))
    .map(({ databaseName, propertyName }) => `${alias}.${databaseName} AS "${prefix}${propertyName}"`)
    .join(', ');
}

function statementObserver(onStatement: (text: string) => void): TypeOrmLogger {
  const silent = () => undefined;
  return {
    logQuery: (text) => onStatement(text),
    logQueryError: silent,
    logQuerySlow: silent,
    logSchemaBuild: silent,
    logMigration: silent,
    log: silent,
  };
}
