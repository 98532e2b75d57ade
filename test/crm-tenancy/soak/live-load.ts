import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import type { Latencies } from './latencies';

export interface LoadedTenant {
  id: string;
  slug: string;
}

/** A write that was acknowledged, as it must be found in the end. */
export interface AcknowledgedRow {
  table: 'customer' | 'lead';
  id: string;
  tenantId: string;
  tenantSlug: string;
  email: string;
  firstName: string;
}

interface LoadOptions {
  /** The graph's address. */
  url: string;
  authorization: string;
  /** The database's address, for writers of the old version, who write slugs and know of no UUID. */
  databaseUrl: string;
  tenants: readonly LoadedTenant[];
  readsPerSecond: number;
  writesPerSecond: number;
  latencies: Latencies;
}

type Write = (tenant: LoadedTenant, number: number) => Promise<AcknowledgedRow | null>;

/** As many requests go on at once; a graph that answers too slowly for the rate is asked less, never more. */
const MOST_AT_ONCE = 60;
const TRIES = 40;

/**
 * Callers of a graph in every shape that there is: by UUID and by slug, those that still send a slug as `tenantId`, and
 * writers of the old version beside the graph. What was acknowledged is kept in a ledger. A request that met a database
 * which was down is repeated, as its caller would.
 */
export class LiveLoad {
  readonly acknowledged = new Map<string, AcknowledgedRow>();
  /** What failed though its caller did nothing wrong. */
  readonly failures: string[] = [];
  reads = 0;
  writes = 0;
  readonly #options: LoadOptions;
  readonly #old: Pool;
  readonly #running = new Set<Promise<void>>();
  readonly #loops: Promise<void>[] = [];
  #isOver = false;
  #knowsUuids = false;
  #isDown = false;
  #number = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#old = new Pool({ connectionString: options.databaseUrl, max: 5 });
    this.#old.on('error', () => undefined);
  }

  start(): void {
    this.#loops.push(
      this.#every(1_000 / this.#options.writesPerSecond, () => this.#write()),
      this.#every(1_000 / this.#options.readsPerSecond, () => this.#read()),
    );
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    await Promise.all(this.#running);
    await this.#old.end();
  }

  /** From here on every caller names tenants as the new version wants it. */
  async mendCallers(): Promise<void> {
    this.#knowsUuids = true;
    await Promise.all(this.#running);
  }

  /** What happens while \`work\` runs happens to a system whose database, or process, is down now and then. */
  async whileDown<T>(work: () => Promise<T>): Promise<T> {
    this.#isDown = true;
    try {
      return await work();
    } finally {
      this.#isDown = false;
    }
  }

  async #every(ms: number, ask: () => Promise<void>): Promise<void> {
    for (let next = performance.now(); !this.#isOver; next += ms) {
      const early = next - performance.now();
      if (early > 0) await sleep(early);
      else if (early < -1_000) next = performance.now();
      if (this.#running.size >= MOST_AT_ONCE) continue;
      const asking = ask()
        .catch((error: Error) => void this.failures.push(error.message))
        .finally(() => this.#running.delete(asking));
      this.#running.add(asking);
    }
  }

  /** The first tenants are asked for most. */
  #tenant(): LoadedTenant {
    const { tenants } = this.#options;
    return tenants[Math.floor(tenants.length * Math.random() ** 2)] as LoadedTenant;
  }

  async #write(): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    const kinds: Write[] = [this.#createCustomer, this.#updateCustomer, this.#submitLead, this.#submitLead];
    const older: Write[] = [this.#submitLeadBySlugAsId, this.#insertAsOldVersion];
    const all = this.#knowsUuids ? kinds : [...kinds, ...older];
    const row = await (all[number % all.length] as Write).call(this, this.#tenant(), number);
    this.writes += 1;
    if (row) this.acknowledged.set(row.id, row);
  }

  async #createCustomer(tenant: LoadedTenant, number: number): Promise<AcknowledgedRow> {
    const row = rowOf('customer', tenant, number);
    const data = await this.#ask(
      `mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id tenantId } }`,
      {
        input: {
          tenantId: tenant.id,
          email: row.email,
          firstName: row.firstName,
          authUserId: `live-${number}`,
        },
      },
      // Whose customer has the login, if not the one that the first try made.
      async () => {
        const found = await this.#ask(
          `query ($id: ID!, $email: String!) { customers(tenantId: $id, filter: { email: $email }) { edges { node { id tenantId } } } }`,
          { id: tenant.id, email: row.email },
        );
        return { createCustomer: found.customers.edges[0]?.node };
      },
    );
    return { ...row, id: data.createCustomer.id, tenantId: data.createCustomer.tenantId };
  }

  async #updateCustomer(_tenant: LoadedTenant, number: number): Promise<AcknowledgedRow | null> {
    const customers = [...this.acknowledged.values()].filter(({ table }) => table === 'customer');
    const row = customers[Math.floor(Math.random() * customers.length)];
    if (!row) return null;
    // Nobody else changes it meanwhile: which change was the last one would be anybody's guess.
    this.acknowledged.delete(row.id);
    const firstName = `Name ${number}`;
    try {
      await this.#ask(
        `mutation ($id: ID!, $firstName: String!) { updateCustomer(id: $id, input: { firstName: $firstName }) { id } }`,
        { id: row.id, firstName },
      );
    } catch (error) {
      this.acknowledged.set(row.id, row);
      throw error;
    }
    return { ...row, firstName };
  }

  #submitLead(tenant: LoadedTenant, number: number): Promise<AcknowledgedRow> {
    return this.#lead({ tenantSlug: tenant.slug }, tenant, number);
  }

  #submitLeadBySlugAsId(tenant: LoadedTenant, number: number): Promise<AcknowledgedRow> {
    return this.#lead({ tenantId: tenant.slug }, tenant, number);
  }

  async #lead(named: object, tenant: LoadedTenant, number: number): Promise<AcknowledgedRow> {
    const row = rowOf('lead', tenant, number);
    const data = await this.#ask(
      `mutation ($input: SubmitLeadInput!) { submitLead(input: $input) { id tenantId } }`,
      {
        input: {
          ...named,
          email: row.email,
          firstName: row.firstName,
          consentGiven: true,
          idempotencyKey: row.email,
        },
      },
    );
    return { ...row, id: data.submitLead.id, tenantId: data.submitLead.tenantId };
  }

  async #insertAsOldVersion(tenant: LoadedTenant, number: number): Promise<AcknowledgedRow> {
    const row = { ...rowOf('customer', tenant, number), id: randomUUID() };
    await this.#repeat(async () => {
      await this.#old.query(
        `INSERT INTO crm.customer (id, tenant_id, email, first_name, created_by, updated_by)
         VALUES ($1, $2, $3, $4, 'old version', 'old version') ON CONFLICT (id) DO NOTHING`,
        [row.id, tenant.slug, row.email, row.firstName],
      );
    });
    return row;
  }

  async #read(): Promise<void> {
    const { id, slug } = this.#tenant();
    const query =
      Math.random() < 0.5
        ? `query ($id: ID!) { tenant(id: $id) { customers(first: 25) { edges { node { id tenantId tenantSlug email } } } } }`
        : `query ($id: ID!) { customers(tenantId: $id, first: 10) { edges { node { id tenantId tenantSlug } } } }`;
    const data = await this.#ask(query, { id });
    const { edges } = data.tenant?.customers ?? data.customers;
    this.reads += 1;
    if (edges.length === 0) throw new Error(`a read of ${slug} found nothing`);
    for (const { node } of edges) {
      if (node.tenantId !== id || node.tenantSlug !== slug) {
        throw new Error(`a read of ${slug} answered a row of ${node.tenantSlug}`);
      }
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: each caller knows the shape that its query states
  #ask(query: string, variables: object, ifTaken?: () => Promise<any>): Promise<any> {
    return this.#repeat(async (attempt) => {
      const startedAt = performance.now();
      const response = await fetch(`${this.#options.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: this.#options.authorization },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(30_000),
      });
      const answer = await response.json();
      this.#options.latencies.add(
        query.startsWith('mutation') ? 'write' : 'read',
        performance.now() - startedAt,
      );
      const [error] = answer.errors ?? [];
      if (!error) return answer.data;
      const code = error.extensions?.code;
      if (code === 'CONFLICT' && attempt > 1 && ifTaken) return ifTaken();
      const text = `${code}: ${error.message} for ${query} ${JSON.stringify(variables)}`;
      throw ['SUBGRAPH_UNAVAILABLE', 'REQUEST_TIMEOUT'].includes(code) ? new TryAgain(text) : new Error(text);
    });
  }

  /** Repeats what failed while the system was down; at any other time a failure is a failure. */
  async #repeat<T>(work: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const wasDown = this.#isDown;
      try {
        return await work(attempt);
      } catch (error) {
        const mayPass = wasDown || this.#isDown || attempt > 1;
        const isWrong =
          error instanceof Error && error.constructor === Error && /^[A-Z_]+: /.test(error.message);
        if (!mayPass || isWrong || attempt === TRIES) throw error;
        await sleep(250);
      }
    }
  }
}

/** What a caller may repeat as it is. */
class TryAgain extends Error {}

function rowOf(table: 'customer' | 'lead', tenant: LoadedTenant, number: number): AcknowledgedRow {
  const email = `live.${table}.${number}@example.com`;
  return { table, id: '', tenantId: tenant.id, tenantSlug: tenant.slug, email, firstName: `Live ${number}` };
}
