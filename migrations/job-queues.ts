import PgBoss from 'pg-boss';
import type { QueryRunner } from 'typeorm';

export interface QueueOptions {
  /** Seconds after which a job that nobody ended counts as abandoned, and is given to whoever asks next. */
  expireInSeconds: number;
}

/** The schema beside a subgraph's own in which pg-boss keeps its jobs. */
const jobSchemaOf = (schema: string) => `${schema}_jobs`;

/**
 * Makes the job tables of a subgraph, as pg-boss has them: the run-time role may put in and take out jobs, and change
 * nothing else. Source: pg-boss, "Installation", `getConstructionPlans`.
 */
export async function createJobTables(runner: QueryRunner, schema: string): Promise<void> {
  const jobs = jobSchemaOf(schema);
  // The plan brings its own transaction, which the migration has already.
  const plan = PgBoss.getConstructionPlans(jobs)
    .replace(/^\s*BEGIN;/, '')
    .replace(/COMMIT;\s*$/, '');
  await runner.query(plan);
  await runner.query(`GRANT USAGE ON SCHEMA ${jobs} TO ${schema}_app`);
  await runner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${jobs} TO ${schema}_app`);
}

/** Takes `createJobTables` back. */
export async function dropJobTables(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`DROP SCHEMA ${jobSchemaOf(schema)} CASCADE`);
}

/**
 * Makes a queue in which one job waits at most for each key: a job for a key that has one waiting already is none. A job
 * that fails is tried again without end; whoever works the queue decides when that is enough.
 */
export async function createQueue(
  runner: QueryRunner,
  schema: string,
  name: string,
  { expireInSeconds }: QueueOptions,
): Promise<void> {
  const options = { policy: 'short', expireInSeconds, retryLimit: 1_000_000, retryDelay: 1 };
  await runner.query(`SELECT ${jobSchemaOf(schema)}.create_queue($1, $2)`, [name, JSON.stringify(options)]);
  // A partition does not inherit what was granted on its table.
  await runner.query(
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${jobSchemaOf(schema)} TO ${schema}_app`,
  );
}

/** Takes `createQueue` back, with the jobs that wait in it. */
export async function dropQueue(runner: QueryRunner, schema: string, name: string): Promise<void> {
  await runner.query(`DELETE FROM ${jobSchemaOf(schema)}.job WHERE name = $1`, [name]);
  await runner.query(`SELECT ${jobSchemaOf(schema)}.delete_queue($1)`, [name]);
}
