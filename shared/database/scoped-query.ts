import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DatabaseError, Query } from 'pg';
import sql, { type Sql } from 'sql-template-tag';

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

/** The messages of PostgreSQL's extended protocol, as `pg` writes them for its own queries. */
interface Wire {
  close(message: { type: 'S'; name: string }): void;
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: unknown[] }): void;
  execute(message: object): void;
}

/** What `pg`'s `Query` does with messages, which its types leave out. */
interface QueryMessages {
  /** Under which name the connection keeps the statement; without one it keeps it until the next. */
  name: string | undefined;
  hasBeenParsed(wire: Wire): boolean;
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
  handleError(error: unknown, wire: Wire): void;
}

const MessageQuery = Query as unknown as new (config: {
  name: string | undefined;
  text: string;
  values: unknown[];
  queryMode: 'extended';
}) => Query & QueryMessages;

/** The names of the statements that each connection keeps, parsed and planned. */
const kept = new WeakMap<Wire, Set<string>>();

/** PostgreSQL keeps a plan for each of them on each connection. */
const MAX_KEPT = 100;
/** Longer ones are put together from as many parts as a request has, so they hardly come twice. */
const MAX_KEPT_CHARACTERS = 5_000;

const SCOPE = 'scope';

/**
 * A statement that runs in its scope within one round trip: the statement that sets the scope and the statement itself
 * are sent together and end with one Sync, between which PostgreSQL keeps one implicit transaction (PostgreSQL manual,
 * "Extended Query", "Pipelining"). The scope ends with it, so nothing of it stays on the connection but the parsed
 * statements, which are planned once instead of each time. After an error they are parsed anew.
 */
export class ScopedQuery extends MessageQuery {
  /** Milliseconds after which `pg` stops waiting, where PostgreSQL itself does not answer any more. */
  readonly query_timeout: number;
  readonly #scope: Sql;
  #scopeIsSet = false;

  constructor(scope: StatementScope, statement: Sql) {
    super({
      name: nameOf(statement.text),
      text: statement.text,
      values: statement.values,
      queryMode: 'extended',
    });
    this.#scope = applyScope(scope);
    this.query_timeout = scope.timeoutMs + 1_000;
  }

  override hasBeenParsed(wire: Wire): boolean {
    return this.name !== undefined && keptOn(wire).has(this.name);
  }

  override prepare(wire: Wire): void {
    const names = keptOn(wire);
    if (!names.has(SCOPE)) parseAnew(wire, SCOPE, this.#scope.text);
    wire.bind({ statement: SCOPE, values: this.#scope.values });
    wire.execute({});
    if (names.size >= MAX_KEPT && !this.hasBeenParsed(wire)) this.name = undefined;
    // Closing what is not there is no error; what an attempt that failed left behind would be one.
    if (this.name !== undefined && !this.hasBeenParsed(wire)) wire.close({ type: 'S', name: this.name });
    super.prepare(wire);
  }

  /** The scope's own row comes first and is nobody's. */
  override handleDataRow(message: unknown): void {
    if (this.#scopeIsSet) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    const names = keptOn(wire);
    if (this.#scopeIsSet) {
      super.handleCommandComplete(message, wire);
      if (this.name !== undefined) names.add(this.name);
    } else {
      names.add(SCOPE);
    }
    this.#scopeIsSet = true;
  }

  override handleError(error: unknown, wire: Wire): void {
    const names = keptOn(wire);
    if (isUnknownStatement(error)) names.clear();
    else names.delete(this.name ?? '');
    super.handleError(error, wire);
  }
}

/**
 * Whether PostgreSQL refused a kept statement for what has changed since it was parsed: its result has other columns, or
 * the connection does not know it any more. Nothing has run then, and it may be sent again.
 */
export function isKeptStatementOutdated(error: unknown): boolean {
  if (isUnknownStatement(error)) return true;
  return (
    error instanceof DatabaseError && error.code === '0A000' && error.routine === 'RevalidateCachedQuery'
  );
}

function isUnknownStatement(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '26000';
}

function keptOn(wire: Wire): Set<string> {
  const names = kept.get(wire) ?? new Set<string>();
  kept.set(wire, names);
  return names;
}

function parseAnew(wire: Wire, name: string, text: string): void {
  wire.close({ type: 'S', name });
  wire.parse({ name, text });
}

/** Texts of statements are constants of the code, so there are few of them. */
const knownNames = new LRUCache<string, string>({ max: 1_000 });

function nameOf(text: string): string | undefined {
  if (text.length > MAX_KEPT_CHARACTERS) return undefined;
  const known = knownNames.get(text);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(text).digest('base64url');
  knownNames.set(text, name);
  return name;
}
