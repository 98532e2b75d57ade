import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { TEMPLATE_DATABASE } from './start-postgres';

export interface TestDatabase {
  /** The administrator's address. */
  readonly url: string;
  /** Reads or changes rows behind the graph's back, as the administrator. */
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** Clones the migrated template (or creates an empty database) for one test file. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = process.env['TEST_POSTGRES_URL'];
  if (!server) throw new Error('The global setup of the tests did not run');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdministrator(server, (client) =>
    client.query(`CREATE DATABASE ${name} ${options.empty ? '' : `TEMPLATE ${TEMPLATE_DATABASE}`}`),
  );
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    query: async <Row>(text: string, values: unknown[] = []) => {
      const result = await asAdministrator(url.toString(), (client) => client.query(text, values));
      return result.rows as Row[];
    },
    drop: async () => {
      await asAdministrator(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

async function asAdministrator<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
