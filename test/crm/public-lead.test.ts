import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultDoor } from '../../shared/door-settings';
import { freePort } from '../../shared/free-port';
import { defaultPublicLeads } from '../../shared/public-lead-settings';
import { type Caller, startGraph, type TestGraph } from '../testkit/graph';
import { provisionedTenant } from '../testkit/seed';

const SUBMIT = `mutation ($input: SubmitLeadInput!) { submitLead(input: $input) {
  id tenantId tenantSlug status receivedAt } }`;
const CONSENT = `query ($id: ID!) { lead(id: $id) {
  consentGiven consentAt consentAddress formVersion message createdAt } }`;
const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();

/** Many callers behind one proxy that is trusted, and no limits. */
const behindProxy = {
  ...defaultDoor,
  trustedProxies: ['127.0.0.1'],
  rateLimits: { reads: 0, writes: 0, leadsPerAddress: 0, leadsPerTenant: 0 },
};

let graph: TestGraph;
let slug: string;
let tenantId: string;
beforeAll(async () => {
  graph = await startGraph('one process', { door: behindProxy });
  ({ slug, id: tenantId } = await provisionedTenant(graph));
});
afterAll(() => graph.stop());

const submit = (caller: Caller, input: Record<string, unknown>) =>
  caller.request(SUBMIT, { input: { email: 'jo@example.com', ...input } });

async function countLeads(of = graph): Promise<number> {
  const [row] = await of.database.query<{ count: string }>('SELECT count(*) FROM crm.lead');
  return Number(row?.count);
}

const codeOf = (answer: Awaited<ReturnType<typeof submit>>) => answer.errors?.[0]?.extensions.code;

/** The answer to a lead for a tenant that does not exist, which every other lead that is not taken gets too. */
const notAccepted = (caller: Caller) => submit(caller, { tenantSlug: 'nobody-has-this' });

test('anyone leaves a lead by the slug, without a token, and learns nothing but the receipt', async () => {
  const { status, data, errors } = await submit(graph.anonymous, { tenantSlug: slug });
  expect([status, errors]).toEqual([200, undefined]);
  expect(data.submitLead).toMatchObject({ tenantId, tenantSlug: slug, status: 'RECEIVED' });
  const { data: read } = await graph.anonymous.request(CONSENT, { id: data.submitLead.id });
  expect(read?.lead ?? null).toBeNull();
});

describe('consent', () => {
  test('is kept with its time, the address that it came from, and the version of the form', async () => {
    const response = await fetch(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.7, 2001:db8::17' },
      body: JSON.stringify({
        query: SUBMIT,
        variables: {
          input: {
            tenantSlug: slug,
            email: 'jo@example.com',
            consentGiven: true,
            formVersion: ' contact-3 ',
          },
        },
      }),
    });
    const { data } = (await response.json()) as { data: { submitLead: { id: string } } };
    const { lead } = await graph.ask(CONSENT, { id: data.submitLead.id });
    expect(lead).toMatchObject({
      consentGiven: true,
      consentAddress: '2001:db8::17',
      formVersion: 'contact-3',
    });
    const age = Date.parse(lead.createdAt) - Date.parse(lead.consentAt);
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(5_000);
  });

  test('that was not given keeps no address', async () => {
    const { data } = await submit(graph.anonymous, { tenantSlug: slug, formVersion: 'contact-3' });
    const { lead } = await graph.ask(CONSENT, { id: data.submitLead.id });
    expect(lead).toMatchObject({ consentGiven: false, consentAddress: null, formVersion: 'contact-3' });
  });

  test('to a form whose version has 101 characters is refused', async () => {
    const answer = await submit(graph.anonymous, { tenantSlug: slug, formVersion: 'x'.repeat(101) });
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.formVersion' }],
    });
  });
});

test('what looks like a page or a statement is kept as the text that it is', async () => {
  const message = `<script>alert(1)</script> {{7*7}} '; DROP TABLE crm.lead; -- \u202e=cmd|' /C calc'!A0`;
  const { data } = await submit(graph.anonymous, { tenantSlug: slug, message });
  const { lead } = await graph.ask(CONSENT, { id: data.submitLead.id });
  expect(lead.message).toBe(message);
});

test('half a surrogate pair costs no message, and is refused in what the form itself says', async () => {
  for (const key of ['source', 'utmSource', 'formVersion', 'idempotencyKey']) {
    const { errors } = await submit(graph.anonymous, { tenantSlug: slug, [key]: 'a\ud800b' });
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: `input.${key}`, message: 'must not contain half a surrogate pair' }],
    });
  }
  const message = 'a\ud800b \\ud800 \u{1f469}';
  const { data } = await submit(graph.anonymous, { tenantSlug: slug, message });
  const { lead } = await graph.ask(CONSENT, { id: data.submitLead.id });
  expect(lead.message).toBe('a\ufffdb \\ud800 \u{1f469}');
});

describe('a lead that no person filled in', () => {
  test.each<[string, () => Record<string, unknown>]>([
    ['names a website', () => ({ website: 'https://spam.example' })],
    ['has a blank in the hidden field', () => ({ website: ' ' })],
    ['was sent as soon as the form opened', () => ({ formOpenedAt: secondsAgo(0) })],
    ['was sent within two seconds', () => ({ formOpenedAt: secondsAgo(1.5) })],
    ['was sent before the form opened', () => ({ formOpenedAt: secondsAgo(-60) })],
  ])('%s: it is answered like a tenant that does not exist, and not stored', async (_what, trap) => {
    const before = await countLeads();
    const answer = await submit(graph.anonymous, { tenantSlug: slug, ...trap() });
    expect(codeOf(answer)).toBe('LEAD_NOT_ACCEPTED');
    expect(answer).toEqual(await notAccepted(graph.anonymous));
    expect(await countLeads()).toBe(before);
  });

  test('a person’s lead passes: slower than two seconds, with the hidden field empty or absent', async () => {
    for (const traps of [{ website: '', formOpenedAt: secondsAgo(2.5) }, { website: null }]) {
      const answer = await submit(graph.anonymous, { tenantSlug: slug, ...traps });
      expect(answer.data?.submitLead.status).toBe('RECEIVED');
    }
  });

  test('rules of the input come first, so that they say nothing of the trap', async () => {
    const answer = await submit(graph.anonymous, { tenantSlug: slug, email: 'jo', website: 'x' });
    expect(codeOf(answer)).toBe('BAD_USER_INPUT');
  });
});

describe('the tenant’s UUID instead of its slug', () => {
  const as = (role: string, ...tenants: string[]) => graph.as({ roles: [role], tenants, sub: `${role}-1` });

  test('is taken from callers who may change the CRM of that tenant', async () => {
    for (const caller of [graph, as('TENANT_EDITOR', tenantId), as('CRM_ADMIN', tenantId)]) {
      const { data } = await submit(caller, { tenantId });
      expect(data.submitLead.tenantSlug).toBe(slug);
    }
  });

  test.each<[string, (caller: TestGraph) => Caller, string, number]>([
    ['anyone without a token', () => graph.anonymous, 'UNAUTHENTICATED', 401],
    ['a reader', () => as('CRM_VIEWER', tenantId), 'FORBIDDEN', 403],
    ['an auditor of the platform', () => graph.as({ roles: ['PLATFORM_AUDITOR'] }), 'FORBIDDEN', 403],
  ])('is refused to %s, whether there is such a tenant or not', async (_who, callerOf, code, status) => {
    const before = await countLeads();
    const caller = callerOf(graph);
    const answer = await submit(caller, { tenantId });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.errors?.[0]?.message).toContain('tenantSlug');
    expect(await submit(caller, { tenantId: '00000000-0000-4000-8000-000000000000' })).toEqual(answer);
    expect((await submit(caller, { tenantSlug: slug })).data?.submitLead.status).toBe('RECEIVED');
    expect(await countLeads()).toBe(before + 1);
  });

  test('of another tenant is answered like one that does not exist; its slug is as open as to anyone', async () => {
    const other = await provisionedTenant(graph);
    const caller = as('TENANT_EDITOR', other.id);
    const before = await countLeads();
    const answer = await submit(caller, { tenantId });
    expect(codeOf(answer)).toBe('LEAD_NOT_ACCEPTED');
    expect(answer).toEqual(await notAccepted(caller));
    expect(await countLeads()).toBe(before);
    expect((await submit(caller, { tenantSlug: slug })).data?.submitLead.tenantId).toBe(tenantId);
  });
});

describe('fifty equal leads at once', () => {
  const input = () => ({ tenantSlug: slug, idempotencyKey: `form-${Math.random()}`, consentGiven: true });

  test('with one key are one lead with one receipt, however long each person took', async () => {
    const before = await countLeads();
    const lead = input();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        submit(graph.anonymous, { ...lead, formOpenedAt: secondsAgo(10 + n), captchaToken: `token-${n}` }),
      ),
    );
    expect(answers[0]?.data?.submitLead.status).toBe('RECEIVED');
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await countLeads()).toBe(before + 1);
  });

  test('the key with another body is a conflict, from any of them', async () => {
    const lead = input();
    await submit(graph.anonymous, lead);
    const before = await countLeads();
    for (const change of [{ company: 'Other' }, { formVersion: 'contact-4' }, { consentGiven: false }]) {
      const answer = await submit(graph.anonymous, { ...lead, ...change });
      expect([answer.status, codeOf(answer)]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    }
    expect(await countLeads()).toBe(before);
  });
});

describe('with captchas switched on', () => {
  /** A provider that answers by the token: `solved`, `hang`, `500`, `text`, `flood`; anything else is not solved. */
  async function startProvider() {
    const asked: URLSearchParams[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const form = new URLSearchParams(body);
      asked.push(form);
      const token = form.get('response');
      if (token === 'hang') return;
      if (token === '500') response.statusCode = 500;
      if (token === 'text') return void response.end('<html>busy</html>');
      if (token === 'flood') return void response.end(`{"success":true,"x":"${'x'.repeat(1_000_000)}"}`);
      if (token === 'words') return void response.end('{"success":"true"}');
      if (token === 'solved but 503') response.statusCode = 503;
      response.end(JSON.stringify({ success: token?.startsWith('solved') }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      asked,
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/verify`,
      stop: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  let provider: Awaited<ReturnType<typeof startProvider>>;
  let guarded: TestGraph;
  let club: { id: string; slug: string };
  beforeAll(async () => {
    provider = await startProvider();
    guarded = await startGraph('one process', {
      publicLeads: { ...defaultPublicLeads, captcha: { url: provider.url, secret: 's & ecret' } },
    });
    club = await provisionedTenant(guarded);
  });
  afterAll(async () => {
    await guarded.stop();
    provider.stop();
  });

  test('a lead whose captcha was solved is taken; the provider gets secret, token and address', async () => {
    const { data } = await submit(guarded.anonymous, { tenantSlug: club.slug, captchaToken: 'solved' });
    expect(data.submitLead.status).toBe('RECEIVED');
    expect(Object.fromEntries(provider.asked.at(-1) ?? [])).toEqual({
      secret: 's & ecret',
      response: 'solved',
      remoteip: '127.0.0.1',
    });
  });

  test.each([undefined, null, '', 'wrong', '500', 'solved but 503', 'text', 'flood', 'words'])(
    'a lead with the token %j is refused and not stored',
    async (captchaToken) => {
      const before = await countLeads(guarded);
      const answer = await submit(guarded.anonymous, { tenantSlug: club.slug, captchaToken });
      expect([answer.status, codeOf(answer)]).toEqual([422, 'CAPTCHA_FAILED']);
      expect(await submit(guarded.anonymous, { tenantSlug: 'nobody-has-this', captchaToken })).toEqual(
        answer,
      );
      expect(await countLeads(guarded)).toBe(before);
    },
  );

  test('a provider that hangs is waited for three seconds, then the lead is refused', async () => {
    const startedAt = Date.now();
    const answer = await submit(guarded.anonymous, { tenantSlug: club.slug, captchaToken: 'hang' });
    expect(codeOf(answer)).toBe('CAPTCHA_FAILED');
    expect(Date.now() - startedAt).toBeGreaterThan(2_500);
    expect(Date.now() - startedAt).toBeLessThan(4_000);
  });

  test('callers who may change CRM need none; others with a token do', async () => {
    const asked = provider.asked.length;
    expect((await submit(guarded, { tenantId: club.id })).data?.submitLead.status).toBe('RECEIVED');
    const reader = guarded.as({ roles: ['CRM_VIEWER'], tenants: [club.id] });
    expect(codeOf(await submit(reader, { tenantSlug: club.slug }))).toBe('CAPTCHA_FAILED');
    const neighbour = guarded.as({
      roles: ['TENANT_OWNER'],
      tenants: [(await provisionedTenant(guarded)).id],
    });
    expect(codeOf(await submit(neighbour, { tenantSlug: club.slug }))).toBe('CAPTCHA_FAILED');
    expect(provider.asked.length).toBe(asked);
  });

  test('neither a wrong input nor a machine’s lead costs the provider a question', async () => {
    const asked = provider.asked.length;
    const lead = { tenantSlug: club.slug, captchaToken: 'solved' };
    expect(codeOf(await submit(guarded.anonymous, { ...lead, email: 'jo' }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await submit(guarded.anonymous, { ...lead, website: 'x' }))).toBe('LEAD_NOT_ACCEPTED');
    expect(provider.asked.length).toBe(asked);
  });

  test('a provider that is not there refuses at once', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    const lonely = await startGraph('one process', {
      publicLeads: { ...defaultPublicLeads, minFillSeconds: 0, captcha: { url, secret: 'secret' } },
    });
    try {
      const answer = await submit(lonely.anonymous, { tenantSlug: 'digiwedge', captchaToken: 'solved' });
      expect(codeOf(answer)).toBe('CAPTCHA_FAILED');
      expect(await countLeads(lonely)).toBe(0);
    } finally {
      await lonely.stop();
    }
  });
});

test('in the distributed shape the address and the caller reach CRM all the same', async () => {
  const distributed = await startGraph('distributed', {
    door: behindProxy,
    publicLeads: { ...defaultPublicLeads, minFillSeconds: 30 },
  });
  try {
    const tenant = await provisionedTenant(distributed);
    const lead = { tenantSlug: tenant.slug, consentGiven: true };
    const { data } = await submit(distributed.anonymous, lead);
    const kept = await distributed.ask(CONSENT, { id: data.submitLead.id });
    expect(kept.lead.consentAddress).toBe('127.0.0.1');
    const early = await submit(distributed.anonymous, { ...lead, formOpenedAt: secondsAgo(20) });
    expect(codeOf(early)).toBe('LEAD_NOT_ACCEPTED');
    expect(codeOf(await submit(distributed.anonymous, { tenantId: tenant.id }))).toBe('UNAUTHENTICATED');
  } finally {
    await distributed.stop();
  }
});
