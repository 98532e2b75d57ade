import pino from 'pino';
import { createMemoryCounter } from '../../gateway/rate-limits/memory-counter';
import { createMetrics } from '../../shared/metrics/metrics';
import { createTenantDirectory } from '../../shared/tenancy/tenant-directory';
import { type DoorAnswer, type SmallDoor, startSmallDoor } from './small-door';

const READ = '{ greet }';
const WRITE = 'mutation { touch }';
const LEAD = 'mutation ($input: LeadInput!) { submitLead(input: $input) }';
const toClub = (tenantSlug: string) => ({ input: { tenantSlug } });
const UUID = 'fd3c07a1-8038-5e37-beb6-537fda68d644';

const silent = pino({ level: 'silent' });

const doors: SmallDoor[] = [];
async function open(...settings: Parameters<typeof startSmallDoor>): Promise<SmallDoor> {
  const door = await startSmallDoor(...settings);
  doors.push(door);
  return door;
}
afterEach(() => Promise.all(doors.splice(0).map((door) => door.stop())));

const REFUSED = { status: 429, code: 'RATE_LIMITED' };
const TAKEN = { status: 200, code: undefined, retryAfter: null };

function expectRefusal(answer: DoorAnswer): void {
  expect(answer).toMatchObject(REFUSED);
  expect(answer.retryAfter).toMatch(/^[1-9][0-9]*$/);
  expect(Number(answer.retryAfter)).toBeLessThanOrEqual(60);
  expect(answer.retryAfterSeconds).toBe(Number(answer.retryAfter));
}

test('reads are counted by subject, and the answer over the limit says when to come back', async () => {
  const door = await open({ reads: 3, writes: 1 });
  for (let n = 0; n < 3; n += 1) expect(await door.send(READ, {}, { subject: 'ann' })).toMatchObject(TAKEN);
  expectRefusal(await door.send(READ, {}, { subject: 'ann' }));
  expect(await door.send(READ, {}, { subject: 'bob' })).toMatchObject(TAKEN);
  expect(await door.send(READ)).toMatchObject(TAKEN);
  expect(await door.send(WRITE, {}, { subject: 'ann' })).toMatchObject(TAKEN);
  expect(door.ran).toMatchObject({ greet: 5, touch: 1 });
});

describe('a mutation counts as many writes as fields will run at its root', () => {
  test.each([
    ['aliases', 'mutation { a: touch b: touch c: touch }', 3],
    [
      'fragments in fragments',
      `mutation { ...A ... on Mutation { c: touch } } fragment A on Mutation { a: touch ...B }
       fragment B on Mutation { b: touch }`,
      3,
    ],
    ['one alias that is written three times', 'mutation { touch touch ... { touch } }', 1],
    [
      'fields that are left out',
      'mutation { a: touch b: touch @skip(if: true) c: touch @include(if: false) }',
      1,
    ],
    ['what is not a field of its own', 'mutation { __typename }', 1],
  ])('%s', async (_what, mutation, points) => {
    const door = await open({ writes: 6 });
    const fits = 6 / points;
    for (let n = 0; n < fits; n += 1) {
      expect(await door.send(mutation, {}, { subject: 'ann' })).toMatchObject(TAKEN);
    }
    expectRefusal(await door.send(mutation, {}, { subject: 'ann' }));
  });

  test('and one that counts more than the limit never runs', async () => {
    const door = await open({ writes: 2 });
    expectRefusal(await door.send('mutation { a: touch b: touch c: touch }'));
    expect(door.ran.touch).toBe(0);
  });
});

describe('a lead without a token', () => {
  test('counts by its address alone, however it is written', async () => {
    const door = await open({ writes: 1, leadsPerAddress: 4 });
    expect(await door.send(LEAD, toClub('one'))).toMatchObject(TAKEN);
    expect(await door.send('mutation { submitLead(input: { tenantSlug: "two" }) }')).toMatchObject(TAKEN);
    expect(await door.send('mutation { submitLead(input: { tenantSlug: "Not A Slug" }) }')).toMatchObject(
      TAKEN,
    );
    expect(await door.send(WRITE)).toMatchObject(TAKEN);
    expect(await door.send(LEAD, toClub('one'))).toMatchObject(TAKEN);
    expectRefusal(await door.send(LEAD, toClub('one')));
    expect(door.ran.submitLead).toBe(4);
  });

  test('fifteen times in one operation counts fifteen times', async () => {
    const door = await open({ leadsPerAddress: 14 });
    const leads = Array.from({ length: 15 }, (_, n) => `l${n}: submitLead(input: { tenantSlug: "one" })`);
    expectRefusal(await door.send(`mutation { ${leads.join(' ')} }`));
    expect(door.ran.submitLead).toBe(0);
  });

  test('that is refused for its address uses nothing of the tenant’s', async () => {
    const door = await open({ leadsPerAddress: 2, leadsPerTenant: 4 }, { trustedProxies: ['127.0.0.1'] });
    const from = (forwardedFor: string) => door.send(LEAD, toClub('one'), { forwardedFor });
    for (let n = 0; n < 10; n += 1) await from('192.0.2.1');
    expect(await from('192.0.2.2')).toMatchObject(TAKEN);
    expect(await from('192.0.2.2')).toMatchObject(TAKEN);
    expectRefusal(await from('192.0.2.3'));
    expect(door.ran.submitLead).toBe(4);
  });
});

describe('leads count by their tenant', () => {
  test('whoever leaves them, by whatever name, in variables or in the document', async () => {
    const door = await open({ writes: 100, leadsPerTenant: 3 });
    const ann = { subject: 'ann' };
    expect(await door.send(LEAD, toClub('one'))).toMatchObject(TAKEN);
    expect(await door.send(LEAD, toClub('one'), ann)).toMatchObject(TAKEN);
    expect(await door.send('mutation { submitLead(input: { tenantSlug: "one" }) }', {}, ann)).toMatchObject(
      TAKEN,
    );
    expectRefusal(await door.send(LEAD, toClub('one'), { subject: 'bob' }));
    expect(await door.send(LEAD, toClub('two'))).toMatchObject(TAKEN);

    for (const tenantId of [UUID, UUID.toUpperCase(), ` ${UUID} `]) {
      expect(await door.send(LEAD, { input: { tenantId } }, ann)).toMatchObject(TAKEN);
    }
    expectRefusal(await door.send(LEAD, { input: { tenantId: UUID } }, ann));
  });

  test('by its slug as it was sent while nobody can say whose that is, and without delay', async () => {
    const hangs = () => new Promise<never>(() => undefined);
    const isAway = () => Promise.reject(new Error('away'));
    const knowsNobody = async () => ({ data: { tenant: null } });
    for (const execute of [hangs, isAway, knowsNobody]) {
      const accessControl = { execute, checkHealth: async () => undefined };
      const tenants = createTenantDirectory({ accessControl, metrics: createMetrics(), logger: silent });
      const door = await open({ leadsPerTenant: 1 }, {}, tenants);
      const startedAt = Date.now();
      expect(await door.send(LEAD, toClub('one'))).toMatchObject(TAKEN);
      expectRefusal(await door.send(LEAD, toClub('one')));
      expect(await door.send(LEAD, toClub('two'))).toMatchObject(TAKEN);
      expect(Date.now() - startedAt).toBeLessThan(2_000);
    }
  });

  test('and a caller’s leads are writes of its own too', async () => {
    const door = await open({ writes: 1, leadsPerAddress: 1, leadsPerTenant: 100 });
    const ann = { subject: 'ann' };
    expect(await door.send(LEAD, toClub('one'), ann)).toMatchObject(TAKEN);
    expectRefusal(await door.send(LEAD, toClub('one'), ann));
    expect(await door.send(LEAD, toClub('one'))).toMatchObject(TAKEN);
  });
});

describe('an address', () => {
  const addresses = async (door: SmallDoor, ...forwarded: string[]) => {
    const answers: number[] = [];
    for (const forwardedFor of forwarded) answers.push((await door.send(READ, {}, { forwardedFor })).status);
    return answers;
  };

  test('is the connection’s while no proxy is trusted', async () => {
    const door = await open({ reads: 2 });
    expect(await addresses(door, '192.0.2.1', '192.0.2.2', '192.0.2.3')).toEqual([200, 200, 429]);
  });

  test('is what a trusted proxy says, not what the caller told the proxy', async () => {
    const door = await open({ reads: 1 }, { trustedProxies: ['10.0.0.0/8', '127.0.0.1'] });
    const seen = ['1.1.1.1, 192.0.2.1', '2.2.2.2, 192.0.2.1, 10.1.2.3', '1.1.1.1, 192.0.2.2'];
    expect(await addresses(door, ...seen)).toEqual([200, 429, 200]);
  });

  test('of IPv6 counts with its whole /64', async () => {
    const door = await open({ reads: 1 }, { trustedProxies: ['127.0.0.1'] });
    const seen = ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', '2001:db8:0:2::1', 'no address', 'nor this'];
    expect(await addresses(door, ...seen)).toEqual([200, 429, 200, 200, 429]);
  });
});

test('what the graph does by itself is not counted, and a limit of 0 counts nothing', async () => {
  const door = await open({ reads: 1, writes: 0 });
  for (let n = 0; n < 5; n += 1) {
    expect(await door.send(READ, {}, { isSystem: true })).toMatchObject(TAKEN);
    expect(await door.send(WRITE)).toMatchObject(TAKEN);
  }
});

test('an operation whose variables do not fit is refused for that', async () => {
  const door = await open({ writes: 5, leadsPerAddress: 5 });
  expect(await door.send(LEAD, { input: 42 })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test.each([
  ['by address, whatever they say of where they come from', { leadsPerAddress: 20 }, []],
  ['by tenant, from two hundred addresses', { leadsPerTenant: 20 }, ['127.0.0.1']],
])(
  'of 200 leads at once at a limit of 20 exactly 20 are taken: %s',
  async (_what, limits, trustedProxies) => {
    const door = await open(limits, { trustedProxies });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => door.send(LEAD, toClub('one'), { forwardedFor: `192.0.2.${n}` })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(180);
    expect(door.ran.submitLead).toBe(20);
  },
);

test('counts in memory are forgotten from the longest unused on, so that callers cannot fill it', async () => {
  const counter = createMemoryCounter(1, 100);
  await counter.consume('first', 1);
  for (let n = 0; n < 99; n += 1) await counter.consume(`address ${n}`, 1);
  expect(await counter.consume('first', 1)).toMatchObject({ kind: 'over' });
  expect(await counter.consume('one more', 1)).toEqual({ kind: 'within' });
  expect(await counter.consume('address 0', 1)).toEqual({ kind: 'within' });
  expect(await counter.consume('address 98', 1)).toMatchObject({ kind: 'over' });
  expect(await counter.consume('first', 1)).toMatchObject({ kind: 'over' });
});
