import { type Answer, startGraph, type TestGraph } from '../testkit/graph';
import { provisionedTenant } from '../testkit/seed';

const TENANTS = 20;
const REQUESTS = 2_000;
const AT_ONCE = 40;

interface Party {
  mark: string;
  id: string;
  authorization: string;
}

let graph: TestGraph;
let parties: Party[];
beforeAll(async () => {
  graph = await startGraph();
  parties = [];
  for (let index = 0; index < TENANTS; index += 1) {
    const { id, slug } = await provisionedTenant(graph, `party${index}x`);
    const owner = graph.as({ roles: ['TENANT_OWNER'], tenants: [id] });
    await owner.ask(
      'mutation ($t: ID!, $n: String!) { createClub(input: { tenantId: $t, clubCode: $n, name: $n }) { id } }',
      {
        t: id,
        n: slug,
      },
    );
    const token = await graph.issuer.issue({ roles: ['TENANT_OWNER'], tenants: [id] }, 3_600);
    parties.push({ mark: slug, id, authorization: `Bearer ${token}` });
  }
});
afterAll(() => graph.stop(), 60_000);

const EVERYTHING = `query ($after: String) {
  tenants { edges { node { slug clubs { name } customers(first: 3) { edges { node { firstName tenantId } } } } } }
  clubs(after: $after) { edges { node { name } } }
}`;
const CREATE = `mutation ($t: ID!, $n: String!, $l: String) {
  createCustomer(input: { tenantId: $t, firstName: $n, email: "x@example.com", authUserId: $l }) { tenantId firstName }
}`;

/** The same numbers each run, so that a failure can be met again. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test('2 000 interleaved requests of 20 tenants over four connections never see each other’s rows', async () => {
  const chance = numbers(20_261_122);
  const outcomes = { answered: 0, refused: 0, aborted: 0 };

  async function one(): Promise<void> {
    const party = parties[Math.floor(chance() * TENANTS)] as Party;
    const kind = chance();
    const signal = kind > 0.8 ? AbortSignal.timeout(Math.floor(chance() * 30)) : undefined;
    try {
      const answer = await ask(party, kind, chance(), signal);
      expectOnlyOwn(party, answer);
      outcomes[answer.errors ? 'refused' : 'answered'] += 1;
    } catch (error) {
      if (!signal?.aborted) throw error;
      outcomes.aborted += 1;
    }
  }

  let left = REQUESTS;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left > 0) {
        left -= 1;
        await one();
      }
    }),
  );
  expect(outcomes.answered).toBeGreaterThan(1_000);
  expect(outcomes.refused).toBeGreaterThan(200);
  expect(outcomes.aborted).toBeGreaterThan(100);

  const strays = await graph.database.query(
    'SELECT first_name, tenant_slug FROM crm.customer WHERE first_name <> tenant_slug',
  );
  expect(strays).toEqual([]);
}, 180_000);

function ask(
  party: Party,
  kind: number,
  chance: number,
  signal: AbortSignal | undefined,
): Promise<Answer<unknown>> {
  const customer = { t: party.id, n: party.mark };
  if (kind < 0.15) return send(party, EVERYTHING, { after: 'no cursor' });
  if (kind < 0.3) return send(party, CREATE, customer);
  // A login that the tenant has already: the transaction is rolled back.
  if (kind < 0.4) return send(party, CREATE, { ...customer, l: chance < 0.5 ? 'same' : 'other' });
  if (kind > 0.9) return send(party, CREATE, customer, signal);
  return send(party, EVERYTHING, {}, signal);
}

async function send(
  { authorization }: Party,
  query: string,
  variables: object,
  signal?: AbortSignal,
): Promise<Answer<unknown>> {
  const response = await fetch(`${graph.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query, variables }),
    signal,
  });
  return (await response.json()) as Answer<unknown>;
}

function expectOnlyOwn({ mark, id }: Party, answer: Answer<unknown>): void {
  const text = JSON.stringify(answer);
  const foreign = parties.filter(
    (party) => party.id !== id && (text.includes(party.mark) || text.includes(party.id)),
  );
  expect({ mark, foreign: foreign.map((party) => party.mark) }).toEqual({ mark, foreign: [] });
}
