import type { Sql } from 'sql-template-tag';
import {
  DataSource,
  type EntityManager,
  type EntityTarget,
  type ObjectLiteral,
  type Logger as TypeOrmLogger,
} from 'typeorm';
import { describeConnectionFailure, isDeadlock } from './postgres-errors';

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
}

/** A subgraph's database, logged in as its run-time role. */
export interface Database extends SqlRunner {
  /**
   * Runs `work` in one transaction. PostgreSQL ends one of two transactions that wait for each other; `work` is then
   * run again, so it must have no effects outside of its transaction.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** `alias.display_name AS "displayName", …`: every column of the entity under its property's name. */
  columns(entity: EntityTarget<ObjectLiteral>, alias: string): string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  schema: string;
  entities: EntityTarget<ObjectLiteral>[];
  poolSize: number;
  /** Called with each statement as it is sent; used to count them. */
  onStatement?: (text: string) => void;
  onPoolError: (error: Error) => void;
}

/** Milliseconds after which PostgreSQL ends a statement of ours, and after which a waiting request gets no connection. */
const STATEMENT_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_TRANSACTION_ATTEMPTS = 5;

/** Opens the pool and proves it with one connection. Throws a `StartError` when the database does not let us in. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    schema: options.schema,
    entities: options.entities as string[],
    poolSize: options.poolSize,
    applicationName: `tenant-graph ${options.schema}`,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: options.onPoolError,
    logging: options.onStatement ? ['query'] : false,
    logger: options.onStatement ? statementObserver(options.onStatement) : undefined,
    extra: {
      query_timeout: STATEMENT_TIMEOUT_MS + 1_000,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    },
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    throw describeConnectionFailure(error, options.url);
  }

  return {
    ...sqlRunner(dataSource),
    transaction: (work) =>
      repeatAfterDeadlock(() =>
        dataSource.transaction((manager) => work({ ...sqlRunner(manager), manager })),
      ),
    columns: (entity, alias) => columnsOf(dataSource, entity, alias),
    close: () => dataSource.destroy(),
  };
}

async function repeatAfterDeadlock<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!isDeadlock(error) || attempt === MAX_TRANSACTION_ATTEMPTS) throw error;
    }
  }
}

function sqlRunner(source: { query(text: string, values?: unknown[]): Promise<unknown> }): SqlRunner {
  const rows = async <Row>(statement: Sql) => {
    const result = await source.query(statement.text, statement.values);
    return rowsOf<Row>(result);
  };
  return { rows, row: async <Row>(statement: Sql) => (await rows<Row>(statement))[0] ?? null };
}

/** TypeORM answers `[rows, count]` for UPDATE and DELETE, and the rows alone for the rest. */
function rowsOf<Row>(result: unknown): Row[] {
  const list = result as Row[] | [Row[], number];
  return Array.isArray(list[0]) && typeof list[1] === 'number' ? list[0] : (list as Row[]);
}

function columnsOf(dataSource: DataSource, entity: EntityTarget<ObjectLiteral>, alias: string): string {
  return dataSource
    .getMetadata(entity)
    .columns.map((column) => `${alias}.${column.databaseName} AS "${column.propertyName}"`)
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
