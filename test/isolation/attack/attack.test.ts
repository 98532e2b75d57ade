import { randomUUID } from 'node:crypto';
import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
} from 'graphql';
import { roles } from '../../../shared/identity/policy';
import { subgraphNames } from '../../../shared/subgraph/names';
import { type SubgraphResponse, systemCall } from '../../../shared/subgraph/transport';
import { type Answer, type Caller, startGraph, type TestGraph } from '../../testkit/graph';
import {
  type ArgumentPath,
  attackablePaths,
  documentOf,
  flatSelection,
  nestedSelections,
  withValueAt,
} from './documents';
import { ownMutations, platformMutations, platformQueries, revealing, storedAsGiven } from './own-mutations';
import { type KeyName, keyNames, type TenantWithData, tenantWithData } from './tenant-with-data';

// Hundreds of requests each.
jest.setTimeout(180_000);

let graph: TestGraph;
let schema: GraphQLSchema;
let own: TenantWithData;
let other: TenantWithData;
let owner: Caller;
beforeAll(async () => {
  graph = await startGraph();
  schema = buildClientSchema(await graph.ask<IntrospectionQuery>(getIntrospectionQuery()));
  own = await tenantWithData(graph, 'own');
  other = await tenantWithData(graph, 'other');
  owner = graph.as({ roles: ['TENANT_OWNER'], tenants: [own.id] });
});
afterAll(() => graph.stop());

const queryFields = () => Object.values(schema.getQueryType()?.getFields() ?? {});
const mutationFields = () => Object.values(schema.getMutationType()?.getFields() ?? {});

/** Everything by which a record of the other tenant shows in an answer, without what the request itself said. */
function leaksIn(answer: unknown, said: unknown): string[] {
  const [text, request] = [JSON.stringify(answer), JSON.stringify(said)];
  return [other.mark, ...Object.values(other.keys)].filter(
    (key) => text.includes(key) && !request.includes(key),
  );
}

/** The answer without what may differ between equal answers: the key that was asked for, new ids, and times. */
function shapeOf(answer: Answer<unknown>, said: string): string {
  return JSON.stringify(answer)
    .replaceAll(said, 'KEY')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
}

/** A key of the same form that nothing has: each digit is the next one. */
function unknownKey(key: string): string {
  return key.replace(/\d/g, (digit) => String((Number(digit) + 1) % 10));
}

/** What the required arguments of a query are, where the attack is on another one. */
function ownVariables(field: GraphQLField<unknown, unknown>): Record<string, unknown> {
  const required = field.args.filter(({ type }) => isNonNullType(type));
  return Object.fromEntries(required.map(({ name }) => [name, own.keys[name as KeyName] ?? randomUUID()]));
}

async function inBatches<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += 8)
    await Promise.all(items.slice(start, start + 8).map(work));
}

/** Asks every query for every key of the other tenant, and for an unknown one, at every place that takes one. */
async function attackQueries(
  names: readonly KeyName[] = keyNames,
): Promise<{ asked: number; leaks: string[]; differing: string[] }> {
  const found = { asked: 0, leaks: [] as string[], differing: [] as string[] };
  const attacks = queryFields()
    .filter(({ name }) => !(name in platformQueries))
    .flatMap((field) =>
      attackablePaths(field).flatMap((path) => names.map((name) => ({ field, path, name }))),
    );
  await inBatches(attacks, async ({ field, path, name }) => {
    const document = documentOf('query', field, flatSelection(field.type));
    const ask = (key: string) =>
      owner.request(document, withValueAt(schema, field, ownVariables(field), path, key));
    const unknown = unknownKey(other.keys[name]);
    const [answer, control] = [await ask(other.keys[name]), await ask(unknown)];
    found.asked += 1;
    const place = `${field.name}.${path.join('.')} = ${name}`;
    found.leaks.push(...leaksIn(answer, other.keys[name]).map((leak) => `${place}: ${leak}`));
    // Whether digits make a telephone number is the digits' own matter.
    if (path.at(-1) === 'phoneNumber') return;
    if (shapeOf(answer, other.keys[name]) !== shapeOf(control, unknown)) found.differing.push(place);
  });
  return found;
}

test('queries for another tenant’s keys answer as if it did not exist', async () => {
  const { asked, leaks, differing } = await attackQueries();
  expect(asked).toBeGreaterThan(300);
  expect(leaks).toEqual([]);
  expect(differing).toEqual([]);
});

test('queries that only the platform may ask are refused', async () => {
  for (const [name, variables] of Object.entries(platformQueries)) {
    const field = queryFields().find((candidate) => candidate.name === name);
    if (!field) throw new Error(`There is no query ${name}`);
    const refusal = owner.refusal(documentOf('query', field, '{ __typename }'), variables);
    expect({ name, code: await refusal }).toEqual({ name, code: 'FORBIDDEN' });
  }
});

test('three hops from one’s own records lead to no record of another tenant', async () => {
  const walks = queryFields().flatMap((field) =>
    nestedSelections(field.type, 3).map((selection) => ({ field, selection })),
  );
  const visited = new Set<string>();
  await inBatches(walks, async ({ field, selection }) => {
    for (const tenant of [own, other]) {
      const starts = field.args.filter(
        ({ name }) => name !== 'first' && name !== 'after' && name !== 'filter',
      );
      for (const { name } of starts) {
        const kind = `${field.name}Id`.replace('tenantRegistryId', 'registryId') as KeyName;
        const key = tenant.keys[name as KeyName] ?? tenant.keys[name === 'id' ? kind : (name as KeyName)];
        if (key === undefined) continue;
        const answer = await owner.request(documentOf('query', field, selection), { [name]: key });
        expect({ walk: `${field.name} ${selection}`, leaks: leaksIn(answer, key) }).toMatchObject({
          leaks: [],
        });
        if (tenant === own && JSON.stringify(answer).includes(own.mark)) visited.add(field.name);
      }
    }
  });
  expect([...visited].length).toBeGreaterThan(8);
});

test('cursors of another tenant’s lists are no cursors', async () => {
  for (const list of ['customers', 'leads', 'contacts']) {
    const query = (key: string) => `query ($key: ${key}!, $after: String) {
      page: ${list}(${list === 'contacts' ? 'messagingTenantId' : 'tenantId'}: $key, after: $after) { edges { cursor } } }`;
    const [document, name] =
      list === 'contacts'
        ? [query('String'), 'messagingTenantId' as const]
        : [query('ID'), 'tenantId' as const];
    const { page } = await graph.ask(document, { key: other.keys[name] });
    const after = page.edges[0].cursor;
    expect(await owner.refusal(document, { key: own.keys[name], after })).toBe('BAD_USER_INPUT');
    expect((await owner.ask(document, { key: other.keys[name], after })).page.edges).toEqual([]);
  }
});

test('mutations on another tenant’s records change nothing and answer as if it did not exist', async () => {
  const mutations = ownMutations(own);
  expect([...Object.keys(mutations), ...platformMutations].sort()).toEqual(
    mutationFields()
      .map(({ name }) => name)
      .sort(),
  );
  const before = await fingerprint();
  for (const name of platformMutations) {
    const field = mutationFields().find((candidate) => candidate.name === name);
    if (!field) throw new Error(`There is no mutation ${name}`);
    const { errors } = await owner.request(
      documentOf('mutation', field, '{ __typename }'),
      Object.fromEntries(
        field.args.map((argument) => [argument.name, platformArgument(name, argument.name)]),
      ),
    );
    expect({ name, code: errors?.[0]?.extensions.code }).toEqual({ name, code: 'FORBIDDEN' });
  }
  const attacks = mutationFields().flatMap((field) =>
    field.name in mutations
      ? attackablePaths(field)
          .filter((path) => namesRecord(field.name, path))
          .flatMap((path) => keyNames.map((name) => ({ field, path, name })))
      : [],
  );
  expect(attacks.length).toBeGreaterThan(400);
  const differing: string[] = [];
  await inBatches(attacks, async ({ field, path, name }) => {
    const document = documentOf('mutation', field, flatSelection(field.type));
    const ask = (key: string) => {
      const variables = withValueAt(schema, field, freshlyNamed(mutations[field.name] ?? {}), path, key);
      return owner.request(document, variables);
    };
    const unknown = unknownKey(other.keys[name]);
    const [answer, control] = [await ask(other.keys[name]), await ask(unknown)];
    const place = `${field.name}.${path.join('.')}`;
    if (place === 'submitLead.input.tenantSlug') return;
    expect({ place, name, leaks: leaksIn(answer, other.keys[name]) }).toMatchObject({ leaks: [] });
    if (place in revealing) return;
    if (outcomeOf(answer) !== outcomeOf(control))
      differing.push(`${place} = ${name}: ${outcomeOf(answer)}, ${outcomeOf(control)}`);
  });
  expect(differing).toEqual([]);
  expect(await fingerprint()).toEqual(before);
});

test('each mutation of the attack does work on one’s own records', async () => {
  for (const [name, variables] of Object.entries(ownMutations(own))) {
    if (name === 'createSclTenant') continue; // One's own code is taken by the SCL tenant that is there.
    const field = mutationFields().find((candidate) => candidate.name === name);
    if (!field) throw new Error(`There is no mutation ${name}`);
    const answer = await owner.request(
      documentOf('mutation', field, '{ __typename }'),
      freshlyNamed(variables),
    );
    expect({ name, errors: answer.errors }).toEqual({ name, errors: undefined });
  }
});

test('entities that another subgraph would ask for answer as if the other tenant did not exist', async () => {
  const call = {
    ...systemCall('attack', 60_000),
    viewer: {
      subject: 'owner',
      kind: 'user' as const,
      scopes: new Set(roles.TENANT_OWNER.scopes),
      tenants: [own.id],
      onBehalfOf: null,
    },
  };
  let asked = 0;
  const reached = new Set<string>();
  for (const name of subgraphNames) {
    const subgraph = graph.subgraph(name);
    const entities = subgraph.schema.getType('_Entity');
    for (const entity of isUnionType(entities) ? entities.getTypes() : []) {
      const keys = (entity.astNode?.directives ?? []).filter((directive) => directive.name.value === 'key');
      for (const key of keys) {
        const fields = key.arguments?.find((argument) => argument.name.value === 'fields')?.value;
        if (fields?.kind !== Kind.STRING) throw new Error(`A key of ${entity.name} has no fields`);
        const keyName = entityKeys[`${entity.name}.${fields.value}`];
        if (keyName === undefined)
          throw new Error(`The attack does not know the key ${entity.name}.${fields.value}`);
        for (const selection of nestedSelections(entity, 2)) {
          const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${entity.name} ${selection} } }`;
          const ask = async (tenant: TenantWithData) => {
            const representation = {
              ...requiredOf(tenant),
              __typename: entity.name,
              [fields.value]: tenant.keys[keyName],
            };
            const answer = await subgraph.execute({ query, variables: { r: [representation] } }, call);
            return {
              answer,
              leaks: leaksIn(answer, representation),
              found: isAnswered(answer),
            };
          };
          expect({ name, query, leaks: (await ask(other)).leaks }).toMatchObject({ leaks: [] });
          if ((await ask(own)).found) reached.add(`${name} ${entity.name}`);
          asked += 1;
        }
      }
    }
  }
  expect(asked).toBeGreaterThan(20);
  // The same questions do answer for one's own records.
  for (const system of subgraphNames) expect([...reached].join()).toContain(system);
  expect(reached.size).toBeGreaterThanOrEqual(12);
});

test.each<[string, KeyName]>([
  ['crm.customer', 'customerId'],
  ['access_control.tenant_registry', 'sclTenantCode'],
  ['scl.scl_club', 'sclClubId'],
  ['messaging.contact', 'messagingTenantId'],
])('the attack finds the leak when %s loses its policy', async (table, name) => {
  await graph.database.query(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`);
  try {
    expect((await attackQueries([name])).leaks).not.toEqual([]);
  } finally {
    await graph.database.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
  }
});

const entityKeys: Record<string, KeyName> = {
  'Tenant.id': 'tenantId',
  'Tenant.slug': 'slug',
  'TenantRegistry.id': 'registryId',
  'SclTenant.id': 'sclTenantId',
  'SclTenant.code': 'sclTenantCode',
  'SclClub.id': 'sclClubId',
  'Club.id': 'clubId',
  'Club.clubCode': 'clubCode',
  'Contact.id': 'contactId',
  'Customer.id': 'customerId',
  'Lead.id': 'leadId',
  'Segment.id': 'segmentId',
  'Journey.id': 'journeyId',
};

/** What other subgraphs' fields require of a tenant, as a forged call would state it. */
function requiredOf({ keys }: TenantWithData): Record<string, unknown> {
  return {
    messagingTenantId: keys.messagingTenantId,
    registry: {
      sclTenantCode: keys.sclTenantCode,
      sclEnabled: true,
      teeTimeEnabled: true,
      messagingTenantId: keys.messagingTenantId,
      messagingEnabled: true,
      crmEnabled: true,
    },
  };
}

function platformArgument(mutation: string, argument: string): unknown {
  if (argument === 'system') return 'CRM';
  if (argument === 'to') return 'COMPLETE';
  if (argument === 'ids' || argument === 'tenantIds') return [other.id];
  if (argument === 'dryRun') return true;
  if (argument !== 'input') return other.id;
  if (mutation === 'provisionTenant') return { tenant: { id: other.id } };
  return { slug: 'taken-over', displayName: 'Taken over' };
}

function isAnswered({ data, errors }: SubgraphResponse): boolean {
  const entities = data?.['_entities'];
  return !errors && Array.isArray(entities) && entities[0] !== null;
}

/** Whether what stands at the path names a record, by which another tenant's could be reached. */
function namesRecord(mutation: string, path: ArgumentPath): boolean {
  const last = path.at(-1) ?? '';
  if (`${mutation}.${path.join('.')}` in storedAsGiven) return false;
  return /id$/i.test(last) || ['tenantSlug', 'code', 'clubCode', 'idempotencyKey'].includes(last);
}

/** Names of new records are new each time, so that no call is refused for an earlier one's name. */
function freshlyNamed(variables: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(variables)
    .replaceAll('"New"', `"New ${randomUUID()}"`)
    .replaceAll('-new"', `-${randomUUID()}"`);
  return JSON.parse(text.replaceAll('"Renamed"', `"Renamed ${randomUUID()}"`)) as Record<string, unknown>;
}

/** What became of a mutation: its code and the rules it broke, or that it was done. */
function outcomeOf({ errors }: Answer<unknown>): string {
  const [error] = errors ?? [];
  if (!error) return 'done';
  return [
    error.extensions.code,
    ...(error.extensions.fields ?? []).map(({ path, constraint }) => `${path} ${constraint}`),
  ].join(', ');
}

/** Every row that is the other tenant's: it has one of its keys, and none of the attacker's. How far events came is none. */
async function fingerprint(): Promise<unknown> {
  await graph.settled();
  const tables = await graph.database.query<{ name: string }>(
    `SELECT schemaname || '.' || tablename AS name FROM pg_tables
     WHERE schemaname = ANY ($1) AND tablename NOT IN ('migration', 'audit_entry', 'event_cursor') ORDER BY 1`,
    [['access_control', 'crm', 'teetime', 'scl', 'messaging']],
  );
  const patterns = (tenant: TenantWithData) => Object.values(tenant.keys).map((key) => `%${key}%`);
  // Everyone may leave a lead with every tenant; the attack's leads have no idempotency key.
  const notFromThePublic: Record<string, string> = {
    'crm.lead': 'AND t.idempotency_key IS NOT NULL',
    'crm.outbox_event': "AND t.type <> 'crm.lead.submitted'",
    'access_control.outbox_event': "AND t.type <> 'crm.lead.submitted'",
  };
  const rows = tables.map(async ({ name }) => [
    name,
    await graph.database.query(
      `SELECT t::text AS row FROM ${name} t
       WHERE t::text ILIKE ANY ($1) AND NOT t::text ILIKE ANY ($2) ${notFromThePublic[name] ?? ''} ORDER BY 1`,
      [patterns(other), patterns(own)],
    ),
  ]);
  return Promise.all(rows);
}

test('the generator reaches into input objects', () => {
  const paths: ArgumentPath[] = queryFields().flatMap(attackablePaths);
  expect(paths.filter((path) => path.length > 1).length).toBeGreaterThan(5);
  expect(queryFields().every(({ type }) => flatSelection(type) !== '' || !isObjectType(type))).toBe(true);
});
