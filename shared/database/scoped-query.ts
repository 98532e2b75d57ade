import { Query } from 'pg';
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
  parse(message: { text: string }): void;
  bind(message: { values: unknown[] }): void;
  execute(message: object): void;
}

/** What `pg`'s `Query` does with messages, which its types leave out. */
interface QueryMessages {
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
}

const MessageQuery = Query as unknown as new (config: {
  text: string;
  values: unknown[];
  queryMode: 'extended';
}) => Query & QueryMessages;

/**
 * A statement that runs in its scope within one round trip: the statement that sets the scope and the statement itself
 * are sent together and end with one Sync, between which PostgreSQL keeps one implicit transaction (PostgreSQL manual,
 * "Extended Query", "Pipelining"). The scope ends with it, so nothing of it stays on the connection.
 */
export class ScopedQuery extends MessageQuery {
  /** Milliseconds after which `pg` stops waiting, where PostgreSQL itself does not answer any more. */
  readonly query_timeout: number;
  readonly #scope: Sql;
  #scopeIsSet = false;

  constructor(scope: StatementScope, statement: Sql) {
    super({ text: statement.text, values: statement.values, queryMode: 'extended' });
    this.#scope = applyScope(scope);
    this.query_timeout = scope.timeoutMs + 1_000;
  }

  override prepare(wire: Wire): void {
    wire.parse({ text: this.#scope.text });
    wire.bind({ values: this.#scope.values });
    wire.execute({});
    super.prepare(wire);
  }

  /** The scope's own row comes first and is nobody's. */
  override handleDataRow(message: unknown): void {
    if (this.#scopeIsSet) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.#scopeIsSet) super.handleCommandComplete(message, wire);
    this.#scopeIsSet = true;
  }
}
