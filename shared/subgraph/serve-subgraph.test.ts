import pino from 'pino';
import { CodedError } from '../errors/coded-error';
import type { HttpServer } from '../http/http-server';
import { anonymousViewer } from '../identity/viewer';
import { createMetrics } from '../metrics/metrics';
import { serveSubgraph } from './serve-subgraph';
import type { SubgraphCall, SubgraphRequest, SubgraphResponse } from './transport';

let asked: { request: SubgraphRequest; call: SubgraphCall }[];
let answer: SubgraphResponse;
let server: HttpServer;
let url: string;
beforeAll(async () => {
  server = serveSubgraph(
    {
      async execute(request, call) {
        asked.push({ request, call });
        return answer;
      },
      checkHealth: async () => undefined,
    },
    {
      async receiveViewer(authorization) {
        if (authorization?.join() === 'Bearer good') return anonymousViewer;
        throw new CodedError('UNAUTHENTICATED', 'Only the graph itself may call this service');
      },
      metrics: createMetrics(),
      logger: pino({ level: 'silent' }),
    },
  );
  url = await server.listen('127.0.0.1', 0);
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  answer = { data: { clubs: null } };
});

async function post(body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer good',
      'x-remaining-ms': '5000',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    requestId: response.headers.get('x-request-id'),
    body: (await response.json()) as { errors: { extensions: { code: string } }[] },
  };
}

test('an operation is executed for the call that its headers tell of', async () => {
  const request = { query: '{ clubs { name } }', variables: { first: 1 }, operationName: 'A' };
  const answered = await post(request, {
    'x-request-id': 'request-1',
    'x-caller-address': '192.0.2.7',
    'x-caller-user-agent': 'form/1',
  });
  expect(answered).toMatchObject({ status: 200, requestId: 'request-1', body: { data: { clubs: null } } });
  expect(asked).toEqual([
    {
      request,
      call: {
        viewer: anonymousViewer,
        requestId: 'request-1',
        address: '192.0.2.7',
        userAgent: 'form/1',
        deadline: expect.any(Number),
      },
    },
  ]);
});

test.each([
  ['application/json', 'application/json'],
  ['*/*', 'application/json'],
  ['application/graphql-response+json, application/json', 'application/graphql-response+json'],
])('who accepts %s gets %s', async (accept, type) => {
  expect((await post({ query: '{ clubs }' }, { accept })).type).toContain(type);
});

test.each<[string, SubgraphResponse, number]>([
  ['data', { data: { clubs: [] } }, 200],
  ['data and errors', { data: { clubs: null }, errors: [{ message: 'away' }] }, 200],
  ['data that is null', { data: null, errors: [{ message: 'away' }] }, 200],
  ['errors alone', { errors: [{ message: 'no such field' }] }, 400],
])('an answer with %s is sent as it is', async (_what, given, status) => {
  answer = { ...given, extensions: { deprecation: [] } };
  expect(await post({ query: '{ clubs }' })).toMatchObject({ status, body: answer });
});

test.each<[string, unknown, Record<string, string>, number, string]>([
  ['malformed JSON', '{"query":', {}, 400, 'BAD_REQUEST'],
  ['no body', '', {}, 400, 'BAD_REQUEST'],
  ['null', 'null', {}, 400, 'BAD_REQUEST'],
  ['no query', {}, {}, 400, 'BAD_REQUEST'],
  ['a query that is no text', { query: 7 }, {}, 400, 'BAD_REQUEST'],
  ['variables that are a list', { query: '{ a }', variables: [] }, {}, 400, 'BAD_REQUEST'],
  ['a name that is no text', { query: '{ a }', operationName: 7 }, {}, 400, 'BAD_REQUEST'],
  ['no time', { query: '{ a }' }, { 'x-remaining-ms': '0' }, 400, 'BAD_REQUEST'],
  ['a form', 'query={a}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['another token', { query: '{ a }' }, { authorization: 'Bearer bad' }, 401, 'UNAUTHENTICATED'],
])('a call with %s is refused and not executed', async (_what, body, headers, status, code) => {
  const answered = await post(body, headers);
  expect([answered.status, answered.body.errors[0]?.extensions.code]).toEqual([status, code]);
  expect(asked).toEqual([]);
});

test('who sends no token learns nothing of what is wrong otherwise', async () => {
  const wrong = { authorization: 'Bearer bad', 'x-remaining-ms': '0' };
  expect(await post('{"query":', wrong)).toMatchObject({ status: 401 });
});

test('nothing is asked by GET', async () => {
  const headers = { authorization: 'Bearer good', 'x-remaining-ms': '5000' };
  expect((await fetch(`${url}/graphql?query={clubs}`, { headers })).status).toBe(405);
});
