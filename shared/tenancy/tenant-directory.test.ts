import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { createMetrics } from '../metrics/metrics';
import { type SubgraphRequest, type SubgraphTransport, systemCall } from '../subgraph/transport';
import { createTenantDirectory } from './tenant-directory';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

interface StoredTenant {
  id: string;
  slug: string;
  displayName: string;
  status: 'ACTIVE' | 'DISABLED';
  sclTenantCode: string;
  messagingTenantId: string;
}

function storedTenant(slug: string): StoredTenant {
  const keys = { sclTenantCode: slug.toUpperCase(), messagingTenantId: `msg-${slug}` };
  return { id: randomUUID(), slug, displayName: slug, status: 'ACTIVE', ...keys };
}

/** An Access Control that has these tenants, with what it was asked; `meet` is run before each answer. */
function accessControlWith(tenants: StoredTenant[]) {
  const asked: Record<string, unknown>[] = [];
  const own = {
    asked,
    tenants,
    meet: async (): Promise<void> => undefined,
    transport: {
      async execute({ variables = {} }: SubgraphRequest) {
        asked.push(variables);
        const answer = { data: answerTo(variables) };
        await own.meet();
        return answer;
      },
      checkHealth: async () => undefined,
    } satisfies SubgraphTransport,
  };

  function answerTo(variables: Record<string, unknown>) {
    const { slug, sclTenantCode, messagingTenantId, representations } = variables;
    if (Array.isArray(representations)) {
      return { _entities: representations.map(({ id }) => found((tenant) => tenant.id === id)) };
    }
    if (slug) return { tenant: found((tenant) => tenant.slug === slug) };
    const tenant = found(
      (candidate) =>
        candidate.sclTenantCode === sclTenantCode || candidate.messagingTenantId === messagingTenantId,
    );
    return { tenantRegistry: tenant && { ...tenant.registry, tenant } };
  }

  function found(matches: (tenant: StoredTenant) => boolean) {
    const tenant = tenants.find(matches);
    if (!tenant) return null;
    const { sclTenantCode, messagingTenantId, ...identity } = tenant;
    const enabled = { sclEnabled: true, teeTimeEnabled: true, messagingEnabled: true, crmEnabled: true };
    const times = { createdAt: '2026-01-31T08:00:00.000Z', updatedAt: '2026-01-31T08:00:00.000Z' };
    return { ...identity, ...times, registry: { sclTenantCode, messagingTenantId, ...enabled } };
  }
  return own;
}

function setUp(...slugs: string[]) {
  const accessControl = accessControlWith(slugs.map(storedTenant));
  const metrics = createMetrics();
  const lines: string[] = [];
  let now = 1_000_000;
  const directory = createTenantDirectory({
    accessControl: accessControl.transport,
    metrics,
    logger: pino({ level: 'warn' }, { write: (line) => lines.push(line) }),
    clock: { now: () => now },
  });
  const metric = async (name: string) =>
    Number(new RegExp(`^tenant_directory_${name} (.*)$`, 'm').exec((await metrics.report()).text)?.[1]);
  return {
    accessControl,
    directory,
    lines,
    metric,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    resolve: (slug: string) => directory.resolveTenant({ slug }, systemCall('test')),
    fail: () => {
      accessControl.meet = () => Promise.reject(new Error('connect ECONNREFUSED'));
    },
    /** Lets no answer through until the function that it answers is called. */
    hold: () => {
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      accessControl.meet = () => held;
      return release;
    },
  };
}

test('fifty look-ups at once are one request, and one look-up answers every key for four seconds', async () => {
  const { accessControl, directory, resolve, pass, metric } = setUp('kloof', 'other');
  const answers = await Promise.all(Array.from({ length: 50 }, () => resolve('kloof')));
  expect(new Set(answers.map((tenant) => tenant?.slug))).toEqual(new Set(['kloof']));
  expect(accessControl.asked).toHaveLength(1);

  pass(3_999);
  const [{ id = '', sclTenantCode = '', messagingTenantId = '' } = {}] = accessControl.tenants;
  for (const key of [{ id }, { slug: 'kloof' }, { sclTenantCode }, { messagingTenantId }]) {
    expect(await directory.resolveTenant(key, systemCall('test'))).toEqual(answers[0]);
  }
  expect(accessControl.asked).toHaveLength(1);
  expect([await metric('hits_total'), await metric('misses_total'), await metric('size')]).toEqual([
    4, 50, 1,
  ]);

  pass(1);
  await resolve('kloof');
  expect(accessControl.asked).toHaveLength(2);
});

test.each(['sclTenantCode', 'messagingTenantId'] as const)('a tenant is found by its %s', async (name) => {
  const { accessControl, directory } = setUp('other', 'kloof');
  const key = { [name]: accessControl.tenants[1]?.[name] } as { [name]: string };
  expect(await directory.resolveTenant(key as never, systemCall('test'))).toMatchObject({
    ...accessControl.tenants[1],
    enabledSystems: { scl: true, teetime: true, messaging: true, crm: true },
  });
});

test('of a hundred ids those that are not known are asked for by one request', async () => {
  const { accessControl, directory } = setUp(...Array.from({ length: 100 }, (_, index) => `tenant-${index}`));
  const ids = accessControl.tenants.map(({ id }) => id);
  const ask = (some: string[]) => Promise.all(directory.resolveTenants(some, systemCall('test')));
  await ask(ids.slice(0, 40));
  const nobody = randomUUID();
  const answers = await ask([...ids, nobody]);
  expect(answers.map((tenant) => tenant?.id)).toEqual([...ids, undefined]);
  expect(accessControl.asked).toHaveLength(2);
  expect(accessControl.asked[1]?.['representations']).toHaveLength(61);
  await ask([...ids, nobody]);
  expect(accessControl.asked).toHaveLength(2);
});

test('a key that is nobody’s is one for a second, unless a tenant is heard of before', async () => {
  const { accessControl, directory, resolve, pass } = setUp();
  expect(await resolve('new')).toBeNull();
  accessControl.tenants.push(storedTenant('new'));
  pass(999);
  expect(await resolve('new')).toBeNull();
  expect(accessControl.asked).toHaveLength(1);
  pass(1);
  expect(await resolve('new')).toMatchObject({ slug: 'new' });

  expect(await resolve('newer')).toBeNull();
  accessControl.tenants.push(storedTenant('newer'));
  directory.forget(accessControl.tenants[1]?.id ?? '');
  expect(await resolve('newer')).toMatchObject({ slug: 'newer' });

  expect(await resolve('newest')).toBeNull();
  const newest = storedTenant('newest');
  accessControl.tenants.push(newest);
  await directory.resolveTenant({ id: newest.id }, systemCall('test'));
  expect(await resolve('newest')).toMatchObject({ id: newest.id });
});

test('keys that are nobody’s push no tenant out, and tenants no more than the oldest', async () => {
  const { accessControl, directory, resolve, metric } = setUp('kloof');
  await resolve('kloof');
  for (let index = 0; index < 12_000; index += 1) await resolve(`nobody-${index}`);
  expect(await metric('size')).toBe(1);
  const asked = accessControl.asked.length;
  await resolve('kloof');
  expect(accessControl.asked).toHaveLength(asked);

  accessControl.tenants.push(...Array.from({ length: 10_000 }, (_, index) => storedTenant(`many-${index}`)));
  const ids = accessControl.tenants.map(({ id }) => id);
  for (let start = 1; start < ids.length; start += 100) {
    await Promise.all(directory.resolveTenants(ids.slice(start, start + 100), systemCall('test')));
  }
  expect(await metric('size')).toBe(10_000);
  await resolve('many-9999');
  expect(accessControl.asked).toHaveLength(asked + 100);
  await resolve('kloof');
  expect(accessControl.asked).toHaveLength(asked + 101);
});

describe('a tenant that was forgotten', () => {
  test('is asked for anew by every key, and others are not', async () => {
    const { accessControl, directory, resolve } = setUp('kloof', 'other');
    await Promise.all([resolve('kloof'), resolve('other')]);
    const [kloof] = accessControl.tenants;
    if (kloof) kloof.status = 'DISABLED';
    expect(await resolve('kloof')).toMatchObject({ status: 'ACTIVE' });
    directory.forget(kloof?.id ?? '');
    expect(await resolve('kloof')).toMatchObject({ status: 'DISABLED' });
    await resolve('other');
    expect(accessControl.asked).toHaveLength(3);
  });

  test('is not remembered by who began to ask before, and nobody waits for that answer any more', async () => {
    const { accessControl, directory, resolve, hold } = setUp('kloof');
    const [kloof] = accessControl.tenants;
    const release = hold();
    const before = resolve('kloof');
    if (kloof) kloof.status = 'DISABLED';
    directory.forget(kloof?.id ?? '');
    const after = resolve('kloof');
    release();
    expect(await before).toMatchObject({ status: 'ACTIVE' });
    expect(await after).toMatchObject({ status: 'DISABLED' });
    expect(await resolve('kloof')).toMatchObject({ status: 'DISABLED' });
    expect(accessControl.asked).toHaveLength(2);
  });

  test('is not told from memory while Access Control is away', async () => {
    const { accessControl, directory, resolve, fail } = setUp('kloof');
    await resolve('kloof');
    directory.forget(accessControl.tenants[0]?.id ?? '');
    fail();
    await expect(resolve('kloof')).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
  });
});

test('a slug that went on to another tenant leads to that one', async () => {
  const { accessControl, directory, resolve } = setUp('kloof', 'other');
  const [first, second] = accessControl.tenants;
  if (!first || !second) throw new Error('two tenants');
  await resolve('kloof');
  first.slug = 'moved';
  second.slug = 'kloof';
  directory.forget(first.id);
  await directory.resolveTenant({ id: first.id }, systemCall('test'));
  expect(await resolve('kloof')).toMatchObject({ id: second.id });
  expect(await resolve('moved')).toMatchObject({ id: first.id });
});

describe('an answer that is asked for anew', () => {
  test('is what Access Control says then, and is remembered', async () => {
    const { accessControl, directory, resolve } = setUp('kloof');
    const [kloof = storedTenant('none')] = accessControl.tenants;
    await resolve('kloof');
    kloof.status = 'DISABLED';
    expect(await directory.resolveAnew({ id: kloof.id }, systemCall('test'))).toMatchObject({
      status: 'DISABLED',
    });
    expect(await resolve('kloof')).toMatchObject({ status: 'DISABLED' });
    expect(accessControl.asked).toHaveLength(2);
    expect(await resolve('new')).toBeNull();
    accessControl.tenants.push(storedTenant('new'));
    expect(await directory.resolveAnew({ slug: 'new' }, systemCall('test'))).toMatchObject({ slug: 'new' });
  });

  test('shares no look-up that began before, and is never an old one', async () => {
    const { accessControl, directory, resolve, hold, fail } = setUp('kloof');
    const [kloof = storedTenant('none')] = accessControl.tenants;
    const release = hold();
    const before = resolve('kloof');
    kloof.status = 'DISABLED';
    const anew = directory.resolveAnew({ slug: 'kloof' }, systemCall('test'));
    release();
    expect([(await before)?.status, (await anew)?.status]).toEqual(['ACTIVE', 'DISABLED']);
    expect(await resolve('kloof')).toMatchObject({ status: 'DISABLED' });
    fail();
    await expect(directory.resolveAnew({ slug: 'kloof' }, systemCall('test'))).rejects.toMatchObject({
      code: 'SUBGRAPH_UNAVAILABLE',
    });
    expect(await resolve('kloof')).toMatchObject({ status: 'DISABLED' });
  });
});

describe('while Access Control is away', () => {
  const unavailable = { code: 'SUBGRAPH_UNAVAILABLE' };

  test('a known tenant is told from memory for a quarter of an hour, and that is counted and seldom logged', async () => {
    const { directory, accessControl, resolve, fail, pass, metric, lines } = setUp('kloof');
    const known = await resolve('kloof');
    fail();
    pass(3_999);
    expect(await resolve('kloof')).toEqual(known);
    expect(await metric('stale_answers_total')).toBe(0);
    pass(2 * SECOND);
    expect(await Promise.all([resolve('kloof'), resolve('kloof')])).toEqual([known, known]);
    const [{ id = '', sclTenantCode = '' } = {}] = accessControl.tenants;
    expect(await directory.resolveTenant({ sclTenantCode }, systemCall('test'))).toEqual(known);
    expect(await Promise.all(directory.resolveTenants([id], systemCall('test')))).toEqual([known]);
    expect(await metric('stale_answers_total')).toBe(4);
    expect(lines).toHaveLength(1);

    pass(15 * MINUTE - 6 * SECOND);
    expect(await resolve('kloof')).toEqual(known);
    pass(SECOND);
    await expect(resolve('kloof')).rejects.toMatchObject(unavailable);
    await expect(resolve('stranger')).rejects.toMatchObject(unavailable);
    expect(await metric('stale_answers_total')).toBe(5);
  });

  test('known tenants rest a second from asking, and are told anew as soon as it is back', async () => {
    const { accessControl, resolve, fail, pass } = setUp('kloof', 'stranger');
    await resolve('kloof');
    pass(4 * SECOND);
    fail();
    for (let index = 0; index < 20; index += 1) await resolve('kloof');
    expect(accessControl.asked).toHaveLength(2);
    accessControl.meet = async () => undefined;
    expect(await resolve('stranger')).toMatchObject({ slug: 'stranger' });
    const [kloof] = accessControl.tenants;
    if (kloof) kloof.displayName = 'Kloof';
    pass(SECOND);
    expect(await resolve('kloof')).toMatchObject({ displayName: 'Kloof' });
  });

  test('one that hangs is waited for a second, once', async () => {
    const { accessControl, resolve, hold, pass, metric } = setUp('kloof');
    const known = await resolve('kloof');
    pass(4 * SECOND);
    const release = hold();
    const startedAt = Date.now();
    for (let index = 0; index < 20; index += 1) expect(await resolve('kloof')).toEqual(known);
    expect(Date.now() - startedAt).toBeLessThan(2 * SECOND);
    expect([accessControl.asked.length, await metric('stale_answers_total')]).toEqual([2, 20]);
    release();
  });

  test('who knows no answer gives up before its own deadline, and takes nobody else’s answer along', async () => {
    const { accessControl, directory, resolve, hold } = setUp('kloof');
    const release = hold();
    const call = systemCall('hasty', 400);
    await expect(directory.resolveTenant({ slug: 'kloof' }, call)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('Access Control'),
    });
    expect(Date.now()).toBeLessThan(call.deadline);
    const patient = resolve('kloof');
    release();
    expect(await patient).toMatchObject({ slug: 'kloof' });
    expect(accessControl.asked).toHaveLength(1);
  });

  test('nobody waits longer than three seconds, however long the call may take', async () => {
    const { directory, hold } = setUp('kloof');
    const release = hold();
    const startedAt = Date.now();
    const key = { slug: 'kloof' };
    const answers = await Promise.allSettled([
      directory.resolveTenant(key, systemCall('patient', 60 * SECOND)),
      directory.resolveAnew(key, systemCall('patient', 60 * SECOND)),
    ]);
    expect(answers).toEqual(
      Array(2).fill({ status: 'rejected', reason: expect.objectContaining(unavailable) }),
    );
    expect(Date.now() - startedAt).toBeLessThan(4 * SECOND);
    release();
  });

  test('who has little time is told of a known tenant from memory before it is over', async () => {
    const { directory, resolve, hold, pass } = setUp('kloof');
    const known = await resolve('kloof');
    pass(4 * SECOND);
    const release = hold();
    expect(await directory.resolveTenant({ slug: 'kloof' }, systemCall('hasty', 400))).toEqual(known);
    release();
  });

  test('an answer with an error is none', async () => {
    const { accessControl, resolve, pass } = setUp('kloof');
    const known = await resolve('kloof');
    pass(4 * SECOND);
    accessControl.transport.execute = (async () => ({ errors: [{ message: 'defect' }] })) as never;
    expect(await resolve('kloof')).toEqual(known);
    await expect(resolve('stranger')).rejects.toMatchObject(unavailable);
  });
});
