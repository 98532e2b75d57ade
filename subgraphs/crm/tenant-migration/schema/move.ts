import sql, { raw } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { findIndex } from './catalogue';
import { lockHolders } from './lock-holders';
import { lockTables } from './lock-tables';
import type { Owner } from './owner';
import { politely, type Reporter } from './politely';
import { holdStage, type Stage, writeStage } from './stage';

/** A move of the schema from one stage to the next, which may be broken off and begun again anywhere. */
export interface Move {
  owner: Owner;
  /** Who moves it. */
  by: string;
  lockTimeoutMs: number;
  reporter: Reporter;
  /** Ends it between two of its changes. */
  signal?: AbortSignal;
  /** Is told of each stage that is reached, in the transaction in which it is. */
  onStage?(tx: SqlRunner, moved: { from: Stage; to: Stage }): Promise<void>;
  /** The stage in which the schema is while it is moved. */
  from: Stage;
  /**
   * Says what is done, and does it in one transaction that has the tables for itself, for a moment, and in which the schema is
   * in the stage `from` still. With `reaches` it is in that one from there on.
   */
  step(what: string, change: (runner: SqlRunner) => Promise<void>, reaches?: Stage): Promise<void>;
}

export function createMove(options: Omit<Move, 'step'>): Move {
  const { owner, by, from, lockTimeoutMs, onStage } = options;
  return {
    ...options,
    async step(what, change, reaches) {
      await sayAndDo(options, what, () =>
        owner.transaction(async (runner) => {
          await holdStage(runner, from);
          await lockTables(runner, lockTimeoutMs);
          await change(runner);
          if (!reaches) return;
          await writeStage(runner, reaches, by);
          await onStage?.(runner, { from, to: reaches });
        }),
      );
    },
  };
}

async function sayAndDo(
  { owner, reporter, signal }: Pick<Move, 'owner' | 'reporter' | 'signal'>,
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  signal?.throwIfAborted();
  reporter.report(what);
  await politely(what, { ...reporter, signal, lockHolders: () => lockHolders(owner) }, work);
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
  move: Move,
  { name, table, columns, where, isUnique = false }: NewIndex,
): Promise<void> {
  const { owner } = move;
  if ((await findIndex(owner, name)) === 'valid') return;
  await sayAndDo(move, `index ${name}`, async () => {
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

export async function dropIndex(move: Move, name: string): Promise<void> {
  if ((await findIndex(move.owner, name)) === null) return;
  await sayAndDo(move, `index ${name} goes`, () =>
    move.owner.rows(raw(`DROP INDEX CONCURRENTLY IF EXISTS crm.${name}`)),
  );
}

/** Has PostgreSQL look through the table whether the constraint holds, while the table is written to. */
export async function validate(move: Move, table: string, constraint: string): Promise<void> {
  await sayAndDo(move, `constraint ${constraint} is checked`, () =>
    move.owner.rows(sql`ALTER TABLE ${raw(`crm.${table}`)} VALIDATE CONSTRAINT ${raw(constraint)}`),
  );
}
