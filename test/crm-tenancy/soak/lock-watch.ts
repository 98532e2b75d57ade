import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Looks how long requests wait for locks that the move of the schema holds. */
export class LockWatch {
  /** The longest wait of a request for the move, with what waited for what. */
  longest = { ms: 0, waiting: 'nobody', holding: 'nothing' };
  #isOver = false;
  #watching: Promise<void> = Promise.resolve();

  start(databaseUrl: string): void {
    this.#watching = this.#watch(databaseUrl);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#watching;
  }

  async #watch(databaseUrl: string): Promise<void> {
    while (!this.#isOver) {
      const client = new Client({ connectionString: databaseUrl });
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (!this.#isOver) {
          await this.#look(client);
          await sleep(50);
        }
      } catch {
        // The database is down; what waited for it waits no longer.
        await sleep(200);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  async #look(client: Client): Promise<void> {
    const { rows } = await client.query<LockWatch['longest']>(`
      SELECT (extract(epoch FROM clock_timestamp() - l.waitstart) * 1000)::float8 AS ms,
        format('%s %s: %s', l.locktype, l.relation::regclass, left(waiting.query, 200)) AS waiting,
        left(holding.query, 200) AS holding
      FROM pg_locks l JOIN pg_stat_activity waiting ON waiting.pid = l.pid
      JOIN pg_stat_activity holding ON holding.pid = ANY (pg_blocking_pids(l.pid))
      WHERE NOT l.granted AND waiting.application_name = 'tenant-graph crm'
        AND holding.application_name = 'tenant-graph crm tenancy' AND l.waitstart IS NOT NULL
      ORDER BY l.waitstart LIMIT 1`);
    const [found] = rows;
    if (found && found.ms > this.longest.ms) this.longest = found;
  }
}
