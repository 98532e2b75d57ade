import pino from 'pino';
import { CodedError } from '../errors/coded-error';
import type { HttpServer } from '../http/http-server';
import { systemViewer } from '../identity/viewer';
import { createMetrics } from '../metrics/metrics';
import { createHttpTransport, type HttpTransport } from './http-transport';
import { serveSubgraph } from './serve-subgraph';
import type { SubgraphCall, SubgraphRequest, SubgraphResponse } from './transport';

interface Asked {
  request: SubgraphRequest;
  call: SubgraphCall;
}

/** Content types of the requests that came, and the operations in them. */
let requests: string[];
let asked: Asked[];
let answer: (one: Asked) => SubgraphResponse | Promise<SubgraphResponse>;
let server: HttpServer;
let transport: HttpTransport;
beforeEach(async () => {
  requests = [];
  asked = [];
  answer = ({ request }) => ({ data: { echo: request.variables?.['number'] } });
  server = serveSubgraph(
    {
      async execute(request, call) {
        asked.push({ request, call });
        return answer({ request, call });
      },
      checkHealth: async () => undefined,
    },
    {
      async receiveViewer([authorization] = []) {
        const subject = authorization?.match(/^Bearer of-(.*)$/)?.[1];
        if (!subject || subject === 'stranger') {
          throw new CodedError('UNAUTHENTICATED', 'Only the graph itself may call this service');
        }
        return { ...systemViewer, subject };
      },
      metrics: createMetrics(),
      logger: pino({ level: 'silent' }),
    },
  );
  server.app.addHook('onRequest', async ({ headers }) => {
    requests.push(String(headers['content-type']));
  });
  const url = await server.listen('127.0.0.1', 0);
  transport = createHttpTransport({
    url: `${url}/graphql`,
    timeoutMs: 5_000,
    sign: async ({ subject }) => `of-${subject}`,
  });
});
afterEach(async () => {
  await transport.close();
  await server.close();
});

interface Particulars extends Partial<SubgraphCall> {
  query?: string;
  subject?: string;
  text?: string;
}

function ask(number: number, { query = '{ echo }', subject = 'jo', text, ...changes }: Particulars = {}) {
  return transport.execute(
    { query, variables: { number, text } },
    {
      viewer: { ...systemViewer, subject },
      requestId: `request-${number}`,
      address: null,
      userAgent: null,
      deadline: Date.now() + 5_000,
      ...changes,
    },
  );
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const echo = (number: number) => ({ data: { echo: number } });
const ONE = 'application/json';
const LINES = 'application/jsonl';

test('what is asked in one turn travels together, and each is asked and answered for itself', async () => {
  const circumstances = { address: '192.0.2.7', userAgent: 'form/1' };
  const answers = await Promise.all([ask(0), ask(1, { subject: 'li', ...circumstances }), ask(2)]);
  expect(answers).toEqual([echo(0), echo(1), echo(2)]);
  expect(requests).toEqual([LINES]);
  expect(asked).toMatchObject([
    { request: { query: '{ echo }' }, call: { viewer: { subject: 'jo' }, requestId: 'request-0' } },
    { call: { viewer: { subject: 'li' }, requestId: 'request-1', ...circumstances } },
    { call: { viewer: { subject: 'jo' }, requestId: 'request-2', address: null } },
  ]);
});

test('of equal ones only those for the same viewer, address, user agent and variables are one', async () => {
  await Promise.all([
    ask(0),
    ask(0, { requestId: 'request-1' }),
    ask(0, { subject: 'li' }),
    ask(0, { address: '192.0.2.7' }),
    ask(0, { userAgent: 'form/1' }),
    ask(0, { text: 'other' }),
    ask(1),
    ask(0, { query: '{ echo } ' }),
  ]);
  expect(asked).toHaveLength(7);
  expect(requests).toEqual([LINES]);
});

test('who asks alone sends a request as GraphQL over HTTP has it', async () => {
  expect(await ask(0)).toEqual(echo(0));
  expect(await ask(1)).toEqual(echo(1));
  expect(requests).toEqual([ONE, ONE]);
});

test('a mutation, and an operation that is long to read, travel alone', async () => {
  const mutation = { query: 'mutation { touch }' };
  await Promise.all([
    ask(0, mutation),
    ask(1, mutation),
    ask(2),
    ask(3),
    ask(4, { text: 'ä\n'.repeat(60_000) }),
  ]);
  expect(requests.toSorted()).toEqual([ONE, ONE, ONE, LINES]);
});

test('more than fit into one request travel in two', async () => {
  expect(await Promise.all(numbers(40).map((number) => ask(number)))).toEqual(numbers(40).map(echo));
  expect(requests).toEqual([LINES, LINES]);
});

test('a slow one holds up nobody', async () => {
  let end: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  answer = async ({ request }) => {
    const number = Number(request.variables?.['number']);
    if (number === 1) await held;
    return echo(number);
  };
  const [first, slow, last] = [ask(0), ask(1), ask(2)];
  expect(await Promise.all([first, last])).toEqual([echo(0), echo(2)]);
  end();
  expect(await slow).toEqual(echo(1));
  expect(requests).toEqual([LINES]);
});

test('each is late at its own time', async () => {
  answer = ({ request }) => {
    const number = Number(request.variables?.['number']);
    return number === 0 ? new Promise(() => undefined) : echo(number);
  };
  const startedAt = Date.now();
  const answers = [ask(0, { deadline: Date.now() + 100 }), ask(1)];
  await expect(answers[0]).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
  expect(Date.now() - startedAt).toBeLessThan(2_000);
  expect(await answers[1]).toEqual(echo(1));
  expect(requests).toEqual([LINES]);
});

test('one that is refused, and one that fails, take nobody along', async () => {
  answer = ({ request }) => {
    if (request.variables?.['number'] === 2) throw new Error('secret');
    return echo(Number(request.variables?.['number']));
  };
  const answers = await Promise.allSettled([ask(0), ask(1, { subject: 'stranger' }), ask(2), ask(3)]);
  expect(answers).toMatchObject([
    { value: echo(0) },
    { reason: { message: expect.stringContaining('refuses the calls of this process') } },
    { value: { errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } },
    { value: echo(3) },
  ]);
  expect(JSON.stringify(answers)).not.toContain('secret');
});

test('where the connection ends, who was answered has the answer, and who was not hears that there is none', async () => {
  answer = async ({ request }) => {
    const number = Number(request.variables?.['number']);
    if (number === 0) return echo(0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.app.server.closeAllConnections();
    return echo(number);
  };
  expect(await Promise.allSettled([ask(0), ask(1), ask(2)])).toMatchObject([
    { status: 'fulfilled', value: echo(0) },
    { status: 'rejected' },
    { status: 'rejected' },
  ]);
  answer = ({ request }) => echo(Number(request.variables?.['number']));
  expect(await Promise.all([ask(3), ask(4)])).toEqual([echo(3), echo(4)]);
});

test('whoever asks together and goes away leaves a subgraph that answers others', async () => {
  let end: () => void = () => undefined;
  answer = async () => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    return echo(0);
  };
  const gone = Promise.allSettled([ask(0), ask(1)]);
  while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await transport.close();
  expect(await gone).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  end();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await server.app.inject('/health/live')).statusCode).toBe(200);
});

describe('a body of lines', () => {
  async function post(lines: string, authorization = 'Bearer of-jo') {
    const { port } = server.app.server.address() as { port: number };
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': LINES, authorization, 'x-remaining-ms': '5000' },
      body: lines,
    });
    return { status: response.status, text: await response.text() };
  }
  const headers = { authorization: 'Bearer of-jo', 'x-remaining-ms': '5000', 'x-request-id': 'request-1' };
  const good = JSON.stringify([headers, { query: '{ echo }', variables: { number: 7 } }]);

  test.each([
    ['no JSON', '[{'],
    ['nothing', ''],
    ['no list', '{}'],
    ['headers that are no texts', JSON.stringify([{ ...headers, 'x-remaining-ms': 5_000 }, {}])],
    ['no operation', JSON.stringify([headers])],
    ['a query that is no text', JSON.stringify([headers, { query: 7 }])],
    ['no time', JSON.stringify([{ ...headers, 'x-remaining-ms': '0' }, { query: '{ echo }' }])],
  ])('with %s in one line has that refused, and the others answered', async (_what, line) => {
    const { status, text } = await post([good, line, good].join('\n'));
    expect(status).toBe(200);
    const answers = text
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each));
    const byNumber = answers.toSorted(([one], [other]) => one - other);
    expect(byNumber).toMatchObject([
      [0, 200, echo(7)],
      [1, 400, { errors: [{ extensions: { code: 'BAD_REQUEST' } }] }],
      [2, 200, echo(7)],
    ]);
    expect(asked).toHaveLength(2);
  });

  test('without a token of its own is not executed', async () => {
    const bare = JSON.stringify([{ 'x-remaining-ms': '5000' }, { query: '{ echo }' }]);
    expect((await post(bare)).text).toMatch(/^\[0,401,\{"errors":/);
    expect(asked).toEqual([]);
  });

  test('of a stranger is not read', async () => {
    expect((await post(good, 'Bearer of-stranger')).status).toBe(401);
    expect(asked).toEqual([]);
  });

  test('with too many of them is refused', async () => {
    expect((await post(Array(33).fill(good).join('\n'))).status).toBe(400);
    expect(asked).toEqual([]);
  });
});
