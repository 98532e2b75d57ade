import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { findIndex } from './catalogue';
import { lockTables } from './lock-tables';
import type { Owner } from './owner';
import { politely, type Reporter } from './politely';

/** A move of the schema from one stage to the next, which may be broken off and begun again anywhere. */
export interface Move {
  owner: Owner;
  /** Who moves it. */
  by: string;
  lockTimeoutMs: number;
  reporter: Reporter;
  /** Says what is done, and does it in one transaction that has the tables for itself, for a moment. */
  step(what: string, change: (runner: SqlRunner) => Promise<void>): Promise<void>;
}

export function createMove(options: Omit<Move, 'step'>): Move {
  const { owner, reporter, lockTimeoutMs } = options;
  return {
    ...options,
    async step(what, change) {
      reporter.report(what);
      await politely(what, reporter, () =>
        owner.transaction(async (runner) => {
          await lockTables(runner, lockTimeoutMs);
          await change(runner);
        }),
      );
    },
  };
}

interface NewIndex {
  name: string;
  table: string;
  columns: string;
  where?: string;
  isUnique?: boolean;
}

/** Builds an index while the table is written to. What a broken-off attempt left behind is removed first. */
export async function createIndex(
  { owner, reporter }: Move,
  { name, table, columns, where, isUnique = false }: NewIndex,
): Promise<void> {
  if ((await findIndex(owner, name)) === 'valid') return;
  const what = `index ${name}`;
  reporter.report(what);
  await politely(what, reporter, async () => {
    if ((await findIndex(owner, name)) === 'invalid') {
      await owner.rows(raw(`DROP INDEX CONCURRENTLY crm.${name}`));
    }
    const condition = where ? `WHERE ${where}` : '';
    await owner.rows(
      raw(
        `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${name} ON crm.${table} (${columns}) ${condition}`,
      ),
    );
  });
}

export async function dropIndex({ owner, reporter }: Move, name: string): Promise<void> {
  await politely(`index ${name}`, reporter, () =>
    owner.rows(raw(`DROP INDEX CONCURRENTLY IF EXISTS crm.${name}`)),
  );
}

/** Has PostgreSQL look through the table whether the constraint holds, while the table is written to. */
export async function validate({ owner, reporter }: Move, table: string, constraint: string): Promise<void> {
  const what = `constraint ${constraint} is checked`;
  reporter.report(what);
  await politely(what, reporter, () =>
    owner.rows(sql`ALTER TABLE ${raw(`crm.${table}`)} VALIDATE CONSTRAINT ${raw(constraint)}`),
  );
}
