import type { TestDatabase } from './test-database';

/**
 * Runs `work` while each write of a row takes a fifth of a second, so that two transactions that start at once do meet.
 * `table` has its schema: `scl.scl_club`.
 */
export async function withSlowWrites<T>(
  database: TestDatabase,
  table: string,
  work: () => Promise<T>,
): Promise<T> {
  await database.query(`
    CREATE FUNCTION public.write_slowly() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END'`);
  await database.query(`
    CREATE TRIGGER write_slowly BEFORE INSERT OR UPDATE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION public.write_slowly()`);
  try {
    return await work();
  } finally {
    await database.query('DROP FUNCTION public.write_slowly CASCADE');
  }
}
