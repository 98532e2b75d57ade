/**
 * The statement that has jobs of `schema` that wait for longer stand for sooner ones of their keys: `$1` are those,
 * as pg-boss puts jobs in. What is due already, or sooner, stays as it is and is not locked.
 * The index of pg-boss's policy `short` finds them; it is unique, and the statement repeats what it is made of.
 */
export function moveForwardStatement(schema: string): string {
  return `
    UPDATE ${schema}.job AS waiting SET start_after = sooner.start_after, data = sooner.data
    FROM (
      SELECT name, "singletonKey" AS key, data, now() + "startAfter"::interval AS start_after
      FROM json_to_recordset($1) AS job (name text, "singletonKey" text, data jsonb, "startAfter" text)
    ) AS sooner
    WHERE waiting.name = sooner.name AND coalesce(waiting.singleton_key, '') = sooner.key
      AND waiting.state = 'created' AND waiting.policy = 'short'
      AND waiting.start_after > greatest(sooner.start_after, clock_timestamp())`;
}
