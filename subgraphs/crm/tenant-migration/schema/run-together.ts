import { raw, type Sql } from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';

/**
 * Runs statements without values in one message. While they hold a lock everybody waits for them, and on a busy machine each
 * message more costs a turn at the processor, here and in PostgreSQL.
 */
export async function runTogether(runner: SqlRunner, statements: readonly Sql[]): Promise<void> {
  const withValues = statements.find(({ values }) => values.length > 0);
  if (withValues) throw new Error(`A statement with values is sent by itself: ${withValues.text}`);
  if (statements.length > 0) await runner.rows(raw(statements.map(({ text }) => text).join(';\n')));
}
