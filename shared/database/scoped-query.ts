import { DatabaseError, Query, types } from 'pg';
import { prepareValue } from 'pg/lib/utils';
import sql, { type Sql } from 'sql-template-tag';
import { isConnectionLost } from './postgres-errors';

/** What PostgreSQL is told before it runs a statement: whose rows exist, and how long it may take. */
export interface StatementScope {
  /** The keys by which this system knows the tenants whose rows exist, or all of them. */
  tenantKeys: 'all' | readonly string[];
  timeoutMs: number;
}

/**
 * The statement that sets the scope until the transaction ends. The policies of row-level security read
 * `tenant_graph.tenants`: `*`, or the keys as an array. Where it was not set there are no rows.
 */
export function applyScope({ tenantKeys, timeoutMs }: StatementScope): Sql {
  const tenants = tenantKeys === 'all' ? '*' : arrayLiteral(tenantKeys);
  return sql`SELECT set_config('tenant_graph.tenants', ${tenants}, true), set_config('statement_timeout', ${String(timeoutMs)}, true)`;
}

function arrayLiteral(keys: readonly string[]): string {
  return `{${keys.map((key) => `"${key.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** What a statement sends and hears on its connection: messages of PostgreSQL's extended protocol, as `pg` has them. */
interface Wire {
  stream: { cork(): void; uncork(): void };
  close(message: { type: 'S'; name: string }): void;
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: unknown[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: object): void;
  sync(): void;
}

interface RowDescription {
  fields: { name: string; dataTypeID: number }[];
}

type Row = Record<string, unknown>;
/** Makes a row of its columns' texts. */
type ReadRow = (texts: readonly (string | null)[]) => Row;

/** The statements that each connection keeps, parsed and planned, by their names, with how their rows are read. */
const kept = new WeakMap<Wire, Map<string, ReadRow>>();

/** PostgreSQL keeps a plan for each of them on each connection. */
const MAX_KEPT = 100;
const UNNAMED = '';

const SCOPE = 'scope';
/** Its own row is nobody's; statements without a result have none. */
const noRow: ReadRow = () => ({});

/**
 * `pg` lets only its own queries share a connection, because others may leave a portal open; ours leave none. Its types have
 * as properties what we override as methods.
 */
const QueryOfPg = Query as unknown as new (_text: string) => object;

export interface ScopedQueryOptions {
  scope: StatementScope;
  statement: Sql;
  /** The statement's own among those that a connection keeps; `null` where it is not kept. */
  name: string | null;
  /** Milliseconds after which an answer is waited for no more and the connection is closed. */
  mayTakeMs: number;
}

/**
 * A statement that runs in its scope within one round trip: the statement that sets the scope and the statement itself
 * are sent together and end with one Sync, between which PostgreSQL keeps one implicit transaction (PostgreSQL manual,
 * "Extended Query", "Pipelining"). The scope ends with it, so nothing of it stays on the connection but the parsed
 * statements, which are planned and described once instead of each time. After an error they are parsed anew.
 * `pg` calls the `handle` methods as messages arrive.
 */
export class ScopedQuery extends QueryOfPg {
  /** Gets the error, or `null` and the rows; `pg` puts its own in front of it, which ends the wait for an answer. */
  callback: (error: Error | null, rows?: Row[]) => void;
  /** `pg` waits so many milliseconds. */
  readonly query_timeout: number;
  readonly #scope: Sql;
  readonly #statement: Sql;
  readonly #values: unknown[];
  /** Under which name the connection keeps the statement; without one it keeps it until the next. */
  #keptName: string;
  #rows: Row[] = [];
  #readRow: ReadRow = noRow;
  #scopeIsSet = false;
  #failure: Error | null = null;

  /** Throws for a value that cannot be sent; when it is submitted, all of it is. */
  constructor({ scope, statement, name, mayTakeMs }: ScopedQueryOptions, callback: ScopedQuery['callback']) {
    super('');
    this.callback = callback;
    this.#scope = applyScope(scope);
    this.#statement = statement;
    this.#values = statement.values.map(prepareValue);
    this.#keptName = name ?? UNNAMED;
    this.query_timeout = mayTakeMs;
  }

  submit(wire: Wire): Error | null {
    // What is asked on one connection in one tick goes out in one write.
    wire.stream.cork();
    process.nextTick(() => wire.stream.uncork());
    this.#send(wire);
    return null;
  }

  #send(wire: Wire): void {
    const statements = keptOn(wire);
    if (!statements.has(SCOPE)) parseAnew(wire, SCOPE, this.#scope.text);
    wire.bind({ statement: SCOPE, values: this.#scope.values });
    wire.execute({});
    const readRow = statements.get(this.#keptName);
    if (readRow) {
      this.#readRow = readRow;
      wire.bind({ statement: this.#keptName, values: this.#values });
    } else {
      if (statements.size >= MAX_KEPT) this.#keptName = UNNAMED;
      parseAnew(wire, this.#keptName, this.#statement.text);
      wire.bind({ statement: this.#keptName, values: this.#values });
      wire.describe({ type: 'P', name: '' });
    }
    wire.execute({});
    wire.sync();
  }

  handleRowDescription({ fields }: RowDescription): void {
    this.#readRow = rowReader(fields);
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    // The scope's own row comes first.
    if (!this.#scopeIsSet || this.#failure) return;
    try {
      this.#rows.push(this.#readRow(fields));
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  handleCommandComplete(_message: unknown, wire: Wire): void {
    if (!this.#scopeIsSet) keptOn(wire).set(SCOPE, noRow);
    else if (this.#keptName !== UNNAMED) keptOn(wire).set(this.#keptName, this.#readRow);
    this.#scopeIsSet = true;
  }

  handleEmptyQuery(): void {}

  handleReadyForQuery(): void {
    this.callback(this.#failure, this.#rows);
  }

  handleError(error: Error, wire: Wire): void {
    if (isUnknownStatement(error)) keptOn(wire).clear();
    else keptOn(wire).delete(this.#keptName);
    this.callback(error);
  }
}

function rowReader(fields: RowDescription['fields']): ReadRow {
  const columns = fields.map(({ name, dataTypeID }) => ({ name, read: readerOf(dataTypeID) }));
  return (texts) => {
    const row: Row = {};
    let index = 0;
    for (const { name, read } of columns) {
      const text = texts[index++] ?? null;
      row[name] = text === null ? null : read(text);
    }
    return row;
  };
}

function readerOf(type: number): (text: string) => unknown {
  const read = types.getTypeParser(type, 'text');
  return type === types.builtins.TIMESTAMPTZ ? (text) => readTimestamp(text) ?? read(text) : read;
}

const LENGTH_OF_DATE = '2026-01-31'.length;

/** A time of UTC, which JavaScript reads itself and far faster than `pg` does; `null` for any other, such as `infinity`. */
function readTimestamp(text: string): Date | null {
  if (!text.endsWith('+00') || text[LENGTH_OF_DATE] !== ' ') return null;
  return new Date(`${text.slice(0, LENGTH_OF_DATE)}T${text.slice(LENGTH_OF_DATE + 1)}:00`);
}

/** Whether the statement's connection is as good after the error as before; after one that is not PostgreSQL's nobody knows. */
export function leavesConnectionGood(error: unknown): boolean {
  return error instanceof DatabaseError && !isConnectionLost(error);
}

/**
 * Whether PostgreSQL refused a statement for what has changed since it was parsed: its result has other columns, the
 * connection does not know it any more, or what it names went while it was planned. Nothing has run then, and it may be
 * sent again.
 */
export function isStatementOutdated(error: unknown): boolean {
  if (isUnknownStatement(error)) return true;
  if (!(error instanceof Error)) return false;
  const { code, routine } = error as Partial<DatabaseError>;
  if (code === '0A000') return routine === 'RevalidateCachedQuery';
  // A schema, table, column, function or type that is not there, by its name or (an "internal error") by its number.
  return /^(3F000|42703|42704|42883|42P01|42P13|XX000)$/.test(code ?? '');
}

function isUnknownStatement(error: unknown): boolean {
  return error instanceof Error && (error as Partial<DatabaseError>).code === '26000';
}

function keptOn(wire: Wire): Map<string, ReadRow> {
  const statements = kept.get(wire) ?? new Map<string, ReadRow>();
  kept.set(wire, statements);
  return statements;
}

/** Closing what is not there is no error; what an attempt that failed left behind would be one. */
function parseAnew(wire: Wire, name: string, text: string): void {
  if (name !== UNNAMED) wire.close({ type: 'S', name });
  wire.parse({ name, text });
}
