import sql, { raw } from 'sql-template-tag';
import { StartError } from '../../../../shared/start-error';
import type { Owner } from './owner';

/**
 * Grants the schema's owner what it needs on the database itself, where it lacks that: a copy (`CREATE DATABASE … TEMPLATE`, a
 * restored dump) has the schema and not these grants. Throws a `StartError` where the login may not grant them.
 */
export async function grantDatabase(owner: Owner): Promise<void> {
  const lacking = await owner.row<{ database: string; role: string }>(sql`
    SELECT quote_ident(current_database()) AS database, quote_ident(current_user) AS role
    WHERE NOT has_database_privilege(current_database(), 'CREATE')`);
  if (!lacking) return;
  const grant = `GRANT CONNECT, CREATE ON DATABASE ${lacking.database} TO ${lacking.role}`;
  try {
    await owner.transaction(async (runner) => {
      // As who logged in.
      await runner.rows(sql`SET LOCAL ROLE NONE`);
      await runner.rows(raw(grant));
    });
  } catch (error) {
    throw new StartError(
      `${lacking.role} lacks a grant that this login may not give: ${grant} (${(error as Error).message})`,
      error,
    );
  }
}
