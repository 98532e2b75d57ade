import { randomUUID } from 'node:crypto';
import { startGraph, type TestGraph } from '../testkit/graph';
import { bareTenant, uniqueName } from '../testkit/seed';
import { doorOf, setUp } from './door';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

/** A tenant without a registry entry, and Access Control at the door for a run of it. */
async function newRun() {
  const tenant = await bareTenant(graph);
  const runId = randomUUID();
  return { tenant, runId, door: doorOf(graph, tenant.id), run: { runId, tenantId: tenant.id } };
}

describe('SCL', () => {
  test('gets a tenant with its clubs', async () => {
    const { door, run } = await newRun();
    const code = uniqueName('SCL');
    const input = { ...run, code, name: 'The club', clubs: [{ name: 'North' }, { name: 'South' }] };
    const first = await door.ask('scl', setUp.scl, { input });
    expect(first).toEqual({ created: expect.arrayContaining([expect.any(String)]), adopted: [] });
    expect(first.created).toHaveLength(3);
    expect(await door.ask('scl', setUp.scl, { input })).toEqual({
      created: expect.arrayContaining(first.created),
      adopted: [],
    });
  });
});

describe('TeeTime', () => {
  test('gets clubs, and says which to map', async () => {
    const { door, run } = await newRun();
    const clubIds = [randomUUID()];
    const clubCode = uniqueName('TT');
    const input = { ...run, clubs: [{ clubCode, name: 'North' }], clubIds };
    const first = await door.ask('teetime', setUp.teetime, { input });
    expect(first.clubIds).toEqual([...clubIds, ...first.created]);
    expect(await door.ask('teetime', setUp.teetime, { input })).toEqual(first);
  });
});

describe('Messaging', () => {
  test('gets the tenant with its provider', async () => {
    const { door, run } = await newRun();
    const messagingTenantId = uniqueName('msg');
    const input = { ...run, messagingTenantId, provider: 'twilio' };
    const first = await door.ask('messaging', setUp.messaging, { input });
    expect(first).toEqual({ created: [messagingTenantId], adopted: [] });
    expect(await door.ask('messaging', setUp.messaging, { input })).toEqual(first);
  });
});

describe('CRM', () => {
  test('gets a copy of the tenant, and a template pack', async () => {
    const { door, run } = await newRun();
    const input = { ...run, templatePack: 'CLUB' };
    const first = await door.ask('crm', setUp.crm, { input });
    expect(first).toEqual({ created: [run.tenantId, 'CLUB'], adopted: [] });
    expect(await door.ask('crm', setUp.crm, { input })).toEqual(first);
  });
});
