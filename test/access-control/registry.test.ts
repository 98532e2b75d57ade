import { randomUUID } from 'node:crypto';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, provisionedTenant, uniqueName } from '../testkit/seed';

const FLAGS = 'sclEnabled teeTimeEnabled messagingEnabled crmEnabled';
const SET = (name: string) => `mutation ($tenantId: ID!, $system: TenantSystem!) {
  ${name}(tenantId: $tenantId, system: $system) { ${FLAGS} crmTenantId updatedAt }
}`;
const CLUB = (name: string) => `mutation ($tenantId: ID!, $clubId: ID!) {
  ${name}(tenantId: $tenantId, clubId: $clubId) { teeTimeClubIds ${FLAGS} }
}`;
const NOBODY = '00000000-0000-4000-8000-000000000000';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

/** The id of a club that TeeTime has for the tenant. */
async function clubOf(tenantId: string): Promise<string> {
  const input = { tenantId, clubCode: uniqueName('club'), name: 'Links' };
  const { createClub } = await graph.ask(
    'mutation ($input: CreateClubInput!) { createClub(input: $input) { id } }',
    { input },
  );
  return createClub.id;
}

test('one look-up by whatever key a caller holds answers all the others', async () => {
  const tenant = await provisionedTenant(graph);
  const clubId = randomUUID();
  await graph.ask(CLUB('addTeeTimeClub'), { tenantId: tenant.id, clubId });
  const keys = {
    tenantId: tenant.id,
    tenantSlug: tenant.slug,
    sclTenantCode: tenant.sclTenantCode,
    teeTimeClubId: clubId,
    messagingTenantId: tenant.messagingTenantId,
    crmTenantId: tenant.id,
  };
  for (const [key, value] of Object.entries(keys)) {
    const { tenantRegistry } = await graph.ask(`{ tenantRegistry(${key}: "${value}") {
      tenantId sclTenantCode teeTimeClubIds messagingTenantId crmTenantId ${FLAGS}
      billingEnabled paymentsEnabled paymentProviders associationProvider associationMemberId
      provisionedAt createdAt updatedAt tenant { slug } } }`);
    expect(tenantRegistry).toMatchObject({
      tenantId: tenant.id,
      sclTenantCode: tenant.sclTenantCode,
      teeTimeClubIds: [clubId],
      messagingTenantId: tenant.messagingTenantId,
      crmTenantId: tenant.id,
      sclEnabled: true,
      billingEnabled: false,
      paymentProviders: [],
      associationProvider: null,
      tenant: { slug: tenant.slug },
    });
  }
});

test.each(['tenantId', 'crmTenantId'])('capitals of a UUID as %s do not matter', async (key) => {
  const { id } = await provisionedTenant(graph);
  const query = `{ tenantRegistry(${key}: "${id.toUpperCase()}") { tenantId } }`;
  expect(await graph.ask(query)).toEqual({ tenantRegistry: { tenantId: id } });
});

test.each(['tenantId', 'teeTimeClubId'])(
  'an unknown %s answers null, a malformed one is refused',
  async (key) => {
    expect(await graph.ask(`{ tenantRegistry(${key}: "${NOBODY}") { id } }`)).toEqual({
      tenantRegistry: null,
    });
    expect(await graph.refusal(`{ tenantRegistry(${key}: "42") { id } }`)).toBe('BAD_USER_INPUT');
  },
);

test.each(['sclTenantCode', 'messagingTenantId', 'crmTenantId'])(
  'an unknown %s answers null, an impossible one is refused',
  async (key) => {
    const query = `query ($value: String) { tenantRegistry(${key}: $value) { id } }`;
    expect(await graph.ask(query, { value: 'nobody' })).toEqual({ tenantRegistry: null });
    for (const [value, rule] of [
      ['', 'have 1 to 200 characters'],
      ['x'.repeat(201), 'have 1 to 200 characters'],
      ['a\u0000', 'not contain the character U+0000'],
      ['a\udc00', 'not contain half a surrogate pair'],
    ]) {
      const { errors } = await graph.request(query, { value });
      expect(errors?.[0]).toMatchObject({
        message: `${key}: must ${rule}`,
        extensions: { code: 'BAD_USER_INPUT', fields: [{ path: key }] },
      });
    }
  },
);

test('an unknown tenantSlug answers null, one of bad form is refused', async () => {
  expect(await graph.ask('{ tenantRegistry(tenantSlug: "nobody") { id } }')).toEqual({
    tenantRegistry: null,
  });
  expect(await graph.refusal('{ tenantRegistry(tenantSlug: "NOT a slug") { id } }')).toBe('BAD_USER_INPUT');
});

test.each(['{ tenantRegistry { id } }', `{ tenantRegistry(tenantId: "${NOBODY}", tenantSlug: "a") { id } }`])(
  '%s is refused: exactly one key',
  async (query) => {
    expect(await graph.refusal(query)).toBe('BAD_USER_INPUT');
  },
);

describe('enabling and disabling a system', () => {
  test('changes that system alone, and twice is the same as once', async () => {
    const tenant = await provisionedTenant(graph);
    const { disableSystem } = await graph.ask(SET('disableSystem'), { tenantId: tenant.id, system: 'SCL' });
    expect(disableSystem).toMatchObject({
      sclEnabled: false,
      teeTimeEnabled: true,
      messagingEnabled: true,
      crmEnabled: true,
    });
    const again = await graph.ask(SET('disableSystem'), { tenantId: tenant.id, system: 'SCL' });
    expect(again.disableSystem.updatedAt).toBe(disableSystem.updatedAt);
    const { enableSystem } = await graph.ask(SET('enableSystem'), { tenantId: tenant.id, system: 'SCL' });
    expect(enableSystem.sclEnabled).toBe(true);
  });

  test('registers a tenant that had no entry, and leaves what answered it by its UUID', async () => {
    const { id } = await bareTenant(graph);
    const { enableSystem } = await graph.ask(SET('enableSystem'), { tenantId: id, system: 'SCL' });
    expect(enableSystem).toMatchObject({
      sclEnabled: true,
      teeTimeEnabled: true,
      messagingEnabled: false,
      crmEnabled: true,
      crmTenantId: id,
    });
  });

  test('disables nothing else of a tenant that had no entry', async () => {
    const { id } = await bareTenant(graph);
    const { disableSystem } = await graph.ask(SET('disableSystem'), { tenantId: id, system: 'TEETIME' });
    expect(disableSystem).toMatchObject({ teeTimeEnabled: false, crmEnabled: true, crmTenantId: id });
  });

  test('by ten at once leaves one entry', async () => {
    const { id } = await bareTenant(graph);
    await Promise.all(
      ['SCL', 'TEETIME', 'MESSAGING', 'CRM', 'SCL', 'TEETIME', 'MESSAGING', 'CRM', 'SCL', 'CRM'].map(
        (system) => graph.ask(SET('enableSystem'), { tenantId: id, system }),
      ),
    );
    const { tenant } = await graph.ask(`{ tenant(id: "${id}") { registry { ${FLAGS} } } }`);
    expect(tenant.registry).toEqual({
      sclEnabled: true,
      teeTimeEnabled: true,
      messagingEnabled: true,
      crmEnabled: true,
    });
  });

  test.each(['enableSystem', 'disableSystem'])('%s refuses an unknown tenant', async (name) => {
    expect(await graph.refusal(SET(name), { tenantId: NOBODY, system: 'CRM' })).toBe('TENANT_NOT_FOUND');
    expect(await graph.refusal(SET(name), { tenantId: '42', system: 'CRM' })).toBe('BAD_USER_INPUT');
    expect(await graph.refusal(SET(name), { tenantId: NOBODY, system: 'FAX' })).toBe('BAD_USER_INPUT');
  });
});

describe('the clubs of a tenant', () => {
  test('are added in order, once each, and removed', async () => {
    const tenant = await provisionedTenant(graph);
    const [first, second] = [randomUUID(), randomUUID()];
    for (const clubId of [first, second, first])
      await graph.ask(CLUB('addTeeTimeClub'), { tenantId: tenant.id, clubId });
    const removed = await graph.ask(CLUB('removeTeeTimeClub'), { tenantId: tenant.id, clubId: first });
    expect(removed.removeTeeTimeClub.teeTimeClubIds).toEqual([second]);
    await graph.ask(CLUB('removeTeeTimeClub'), { tenantId: tenant.id, clubId: first });
  });

  test('make an entry for a tenant that had none', async () => {
    const { id } = await bareTenant(graph);
    const { addTeeTimeClub } = await graph.ask(CLUB('addTeeTimeClub'), {
      tenantId: id,
      clubId: randomUUID(),
    });
    expect(addTeeTimeClub).toMatchObject({ teeTimeEnabled: true, crmEnabled: true, sclEnabled: false });
  });

  test('are not removed from a tenant without an entry, which gets none by it', async () => {
    const { id, slug } = await bareTenant(graph);
    const { errors } = await graph.request(CLUB('removeTeeTimeClub'), {
      tenantId: id,
      clubId: randomUUID(),
    });
    expect(errors?.[0]).toMatchObject({
      message: 'tenantId: the tenant has no registry entry',
      extensions: { code: 'NOT_FOUND', fields: [{ path: 'tenantId' }] },
    });
    expect(await graph.ask(`{ tenant(id: "${id}") { registry { id } } }`)).toEqual({
      tenant: { registry: null },
    });
    const lead = `mutation { submitLead(input: { tenantSlug: "${slug}", email: "jo@example.com" }) { id } }`;
    expect(await graph.anonymous.refusal(lead)).toBe('LEAD_NOT_ACCEPTED');
    const unknown = { tenantId: NOBODY, clubId: randomUUID() };
    expect(await graph.refusal(CLUB('removeTeeTimeClub'), unknown)).toBe('TENANT_NOT_FOUND');
  });

  test('belong to one tenant: of two who add one club at once, one wins', async () => {
    const [one, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const clubId = randomUUID();
    const answers = await Promise.all(
      [one, other].map((tenant) => graph.request(CLUB('addTeeTimeClub'), { tenantId: tenant.id, clubId })),
    );
    const refused = answers.filter((answer) => answer.errors);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.errors?.[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      fields: [{ path: 'clubId' }],
    });
    const owners = await graph.database.query(
      'SELECT FROM access_control.tenant_registry_club WHERE club_id = $1',
      [clubId],
    );
    expect(owners).toHaveLength(1);
  });

  test('stay unmapped where TeeTime has them for another tenant, whoever asks', async () => {
    const [owner, other] = [await provisionedTenant(graph), await provisionedTenant(graph)];
    const clubId = await clubOf(owner.id);
    const variables = { tenantId: other.id, clubId };
    const bound = graph.as({ roles: ['PLATFORM_ADMIN'], tenants: [other.id] });
    for (const caller of [graph, bound]) {
      const { errors } = await caller.request(CLUB('addTeeTimeClub'), variables);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', fields: [{ path: 'clubId' }] });
    }
    const beyond = { tenantId: owner.id, clubId: await clubOf(other.id) };
    expect(await bound.refusal(CLUB('addTeeTimeClub'), beyond)).toBe('TENANT_NOT_FOUND');
    expect(
      await graph.database.query('SELECT FROM access_control.tenant_registry_club WHERE club_id = ANY ($1)', [
        [clubId, beyond.clubId],
      ]),
    ).toEqual([]);
    const { addTeeTimeClub } = await graph.ask(CLUB('addTeeTimeClub'), { tenantId: owner.id, clubId });
    expect(addTeeTimeClub.teeTimeClubIds).toEqual([clubId]);
  });

  test('stay unmapped while TeeTime does not say whose they are', async () => {
    const distributed = await startGraph('distributed');
    try {
      const { id: tenantId } = await bareTenant(distributed);
      await distributed.stopSubgraph('teetime');
      const variables = { tenantId, clubId: randomUUID() };
      expect(await distributed.refusal(CLUB('addTeeTimeClub'), variables)).toBe('SUBGRAPH_UNAVAILABLE');
      const { tenantRegistry } = await distributed.ask(
        'query ($id: ID) { tenantRegistry(teeTimeClubId: $id) { id } }',
        { id: variables.clubId },
      );
      expect(tenantRegistry).toBeNull();
    } finally {
      await distributed.stop();
    }
  }, 60_000);

  test('go with the tenant that has them', async () => {
    const tenant = await provisionedTenant(graph);
    await graph.ask(CLUB('addTeeTimeClub'), { tenantId: tenant.id, clubId: randomUUID() });
    await graph.database.query('DELETE FROM access_control.tenant WHERE id = $1', [tenant.id]);
    for (const table of ['tenant_registry', 'tenant_registry_club']) {
      expect(
        await graph.database.query(`SELECT FROM access_control.${table} WHERE tenant_id = $1`, [tenant.id]),
      ).toEqual([]);
    }
  });
});
