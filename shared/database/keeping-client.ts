import { Client, type ClientConfig, type QueryConfig } from 'pg';
import { statementName } from './statement-name';

/**
 * What such a connection starts with: a kept statement is planned once, and not for the values of each execution anew, which
 * takes longer than running it.
 */
export const PLANNED_ONCE = '-c plan_cache_mode=force_generic_plan';

/** As many statements a connection keeps besides those of `ScopedQuery`. */
const MAX_KEPT = 100;

/**
 * A connection on which PostgreSQL parses and plans a statement with parameters once, whoever sends it: transactions go
 * through TypeORM, and jobs through pg-boss, and both send texts without names.
 */
export class KeepingClient extends Client {
  readonly #kept = new Set<string>();

  constructor(config?: string | ClientConfig) {
    super(config);
    // What ends a connection rejects the statement that runs on it, and the pool hears of it while it is idle. In between, and
    // for what comes after the first error, there may be nobody, and an error unheard ends the process.
    this.on('error', () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of `pg` are too many to repeat
  override query(statement: any, values?: any, callback?: any): any {
    const isPlain = typeof statement === 'string' && Array.isArray(values) && values.length > 0;
    if (!isPlain) return super.query(statement, values, callback);
    return super.query(this.#named(statement, values), callback);
  }

  #named(text: string, values: unknown[]): QueryConfig {
    const name = statementName(text);
    if (name === null || (this.#kept.size >= MAX_KEPT && !this.#kept.has(name))) return { text, values };
    this.#kept.add(name);
    return { name: `unscoped ${name}`, text, values };
  }
}
