import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import request from 'supertest';
import { startGraph, type TestGraph } from '../testkit/graph';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.stop());

const MB = 1024 * 1024;
const LIMIT = 256 * 1024;
const QUERY = '{"query":"{ __typename }"}';

async function post(body: Buffer | string, headers: Record<string, string> = {}) {
  const response = await fetch(`${graph.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const answer = (await response.json()) as {
    data?: unknown;
    errors?: { message: string; extensions: { code: string } }[];
  };
  return { status: response.status, code: answer.errors?.[0]?.extensions.code, ...answer };
}

/** What a connection answers to bytes that need not be HTTP. */
function exchange(bytes: string): Promise<string> {
  const { hostname, port } = new URL(graph.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      answer += text;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('a body of 256 KB is read, one byte more is refused', async () => {
  expect(await post(QUERY.padEnd(LIMIT))).toMatchObject({ status: 200, data: { __typename: 'Query' } });
  expect(await post(QUERY.padEnd(LIMIT + 1))).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
])('a %s body is unpacked up to the same limit', async (encoding, pack) => {
  const headers = { 'content-encoding': encoding };
  expect(await post(pack(QUERY.padEnd(LIMIT)), headers)).toMatchObject({ status: 200 });
  expect(await post(pack(QUERY.padEnd(LIMIT + 1)), headers)).toMatchObject({
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
  });
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
])('a %s bomb of 50 MB is not unpacked', async (encoding, pack) => {
  const bomb = pack(Buffer.alloc(50 * MB, ' '));
  expect(bomb.length).toBeLessThan(LIMIT);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 5; i += 1) {
    expect(await post(bomb, { 'content-encoding': encoding })).toMatchObject({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    });
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * MB);
  expect(await post(QUERY)).toMatchObject({ status: 200 });
});

test('50 MB as they are, are refused by their announced length', async () => {
  expect(await post(Buffer.alloc(50 * MB, ' '))).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
});

test.each<[string, number, string, Buffer | string, Record<string, string>]>([
  ['malformed JSON', 400, 'BAD_REQUEST', '{"query":', {}],
  ['JSON with a poisoned prototype', 400, 'BAD_REQUEST', '{"query":"{ x }","__proto__":{"a":1}}', {}],
  [
    'a byte that is no UTF-8',
    400,
    'BAD_REQUEST',
    Buffer.from(`${QUERY.slice(0, -1)},"id":"\xFF"}`, 'latin1'),
    {},
  ],
  [
    'half a surrogate pair in UTF-8',
    400,
    'BAD_REQUEST',
    Buffer.from('{"query":"\xED\xA0\x80"}', 'latin1'),
    {},
  ],
  ['an empty body', 400, 'BAD_REQUEST', '', {}],
  ['a batch', 400, 'BAD_REQUEST', `[${QUERY},${QUERY}]`, {}],
  ['an empty batch', 400, 'BAD_REQUEST', '[]', {}],
  ['what is not gzip', 400, 'BAD_REQUEST', QUERY, { 'content-encoding': 'gzip' }],
  ['half a gzip', 400, 'BAD_REQUEST', gzipSync(QUERY).subarray(0, 30), { 'content-encoding': 'gzip' }],
  ['an unknown encoding', 415, 'UNSUPPORTED_MEDIA_TYPE', QUERY, { 'content-encoding': 'br' }],
  ['two encodings', 415, 'UNSUPPORTED_MEDIA_TYPE', QUERY, { 'content-encoding': 'gzip, gzip' }],
  ['UTF-7', 415, 'UNSUPPORTED_MEDIA_TYPE', QUERY, { 'content-type': 'application/json; charset=utf-7' }],
  ['UTF-16', 415, 'UNSUPPORTED_MEDIA_TYPE', QUERY, { 'content-type': 'application/json; charset="UTF-16"' }],
  ['a form', 415, 'UNSUPPORTED_MEDIA_TYPE', QUERY, { 'content-type': 'application/x-www-form-urlencoded' }],
])('%s is answered %i %s in JSON', async (_what, status, code, body, headers) => {
  const answer = await post(body, headers);
  expect(answer).toMatchObject({ status, code });
  expect(JSON.stringify(answer)).not.toMatch(/node_modules|zlib|at .*\.js/);
});

test.each(['utf-8', 'UTF-8', '"utf-8"'])('the charset %s is read', async (charset) => {
  expect(await post(QUERY, { 'content-type': `application/json; charset=${charset}` })).toMatchObject({
    status: 200,
  });
});

test('a body that is not in UTF-8 is told apart, one with a byte order mark is read', async () => {
  const { errors } = await post(Buffer.from('{"query":"\xFF"}', 'latin1'));
  expect(errors?.[0]?.message).toBe('The body is not in UTF-8');
  expect(await post(`\uFEFF${QUERY}`)).toMatchObject({ status: 200 });
});

test('a page of another site cannot send a GET by itself', async () => {
  const get = () => request(graph.url).get('/graphql').query({ query: '{ __typename }' });
  const refused = await get();
  expect([refused.status, refused.body.errors[0].extensions.code]).toEqual([400, 'BAD_REQUEST']);
  expect((await get().set('apollo-require-preflight', 'yes')).status).toBe(200);
  expect((await get().set('authorization', graph.authorization)).status).toBe(200);
});

test.each([
  ['an address that cannot be read', 400, 'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
  ['what is not HTTP', 400, 'hello\r\n\r\n'],
  ['headers of 40 KB', 431, `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(40_000)}\r\n\r\n`],
])('%s is answered %i in JSON', async (_what, status, bytes) => {
  const answer = await exchange(bytes);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toMatch(/content-type: application\/json/i);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  expect(answer).not.toContain('%zz');
});
