import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readTrustedDocuments } from '../../gateway/limits/trusted-documents';
import { defaultLimits } from '../../shared/limit-settings';
import { StartError } from '../../shared/start-error';
import { startGraph, type TestGraph } from '../testkit/graph';

const LISTED = 'query Name { __typename }';
const DEAR =
  'query Dear { tenants(first: 100) { edges { node { customers(first: 100) { edges { node { id tenant { id } } } } } } } }';
const MUTATION = 'mutation Close { disableTenant(id: "00000000-0000-4000-8000-000000000000") { id } }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const manifest = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [
    { id: 'name', name: 'Name', type: 'query', body: LISTED },
    { id: 'dear', name: 'Dear', type: 'query', body: DEAR },
    { id: 'close', name: 'Close', type: 'mutation', body: MUTATION },
  ],
};

let directory: string;
let graph: TestGraph;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'trusted-documents-'));
  const file = await write('manifest.json', manifest);
  graph = await startGraph('one process', { limits: { ...defaultLimits, trustedDocumentsFile: file } });
});
afterAll(async () => {
  await graph.stop();
  await rm(directory, { recursive: true });
});

async function write(name: string, content: unknown): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

async function send(to: TestGraph, body: object) {
  const response = await fetch(`${to.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: to.authorization },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] };
  return { status: response.status, data: answer.data, code: answer.errors?.[0]?.extensions.code };
}

const persisted = (hash: unknown, version = 1) => ({
  extensions: { persistedQuery: { version, sha256Hash: hash } },
});
const ANSWER = { status: 200, data: { __typename: 'Query' } };

describe('with a list', () => {
  test.each<[string, object]>([
    ['its text', { query: LISTED }],
    ['its documentId', { documentId: 'name' }],
    ['its id as a hash', persisted('name')],
    ['its hash', persisted(sha256(LISTED))],
    ['its hash as documentId', { documentId: sha256(LISTED) }],
    ['its hash as documentId with the name of the hash', { documentId: `sha256:${sha256(LISTED)}` }],
    ['its text and its hash', { query: LISTED, ...persisted(sha256(LISTED)) }],
  ])('a listed document runs by %s', async (_how, body) => {
    expect(await send(graph, body)).toMatchObject(ANSWER);
  });

  test('a listed document runs by its id in a GET', async () => {
    const response = await fetch(`${graph.url}/graphql?documentId=name`, {
      headers: { authorization: graph.authorization },
    });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  test.each<[string, object, string]>([
    ['another text', { query: '{ __typename }' }, 'QUERY_NOT_IN_SAFELIST'],
    ['the text with a blank more', { query: `${LISTED} ` }, 'QUERY_NOT_IN_SAFELIST'],
    [
      'another text under a listed id',
      { query: '{ __typename }', documentId: 'name' },
      'QUERY_NOT_IN_SAFELIST',
    ],
    ['an unknown id', { documentId: 'other' }, 'PERSISTED_QUERY_NOT_IN_LIST'],
    ['a hash of another text', persisted(sha256('{ __typename }')), 'PERSISTED_QUERY_NOT_IN_LIST'],
    [
      'the name of something that every object has',
      { documentId: 'constructor' },
      'PERSISTED_QUERY_NOT_IN_LIST',
    ],
    ['nothing', { operationName: 'Name' }, 'BAD_REQUEST'],
    ['what is no GraphQL', { query: '{ {' }, 'QUERY_NOT_IN_SAFELIST'],
  ])('%s is refused', async (_what, body, code) => {
    expect(await send(graph, body)).toEqual({ status: 400, data: undefined, code });
  });

  test('a text cannot be registered by its hash', async () => {
    const query = 'query Mine { __typename }';
    expect((await send(graph, { query, ...persisted(sha256(query)) })).code).toBe('QUERY_NOT_IN_SAFELIST');
    expect((await send(graph, persisted(sha256(query)))).code).toBe('PERSISTED_QUERY_NOT_IN_LIST');
  });

  test('the limits hold for listed documents too', async () => {
    expect((await send(graph, { documentId: 'dear' })).code).toBe('COST_ESTIMATED_TOO_EXPENSIVE');
  });

  test('a listed mutation does not come by GET', async () => {
    const response = await fetch(`${graph.url}/graphql?documentId=close`, {
      headers: { authorization: graph.authorization },
    });
    expect(response.status).toBe(405);
  });
});

describe('the file', () => {
  test('may be an object of hashes and documents', async () => {
    const trusted = await readTrustedDocuments(await write('map.json', { [sha256(LISTED)]: LISTED }));
    expect(trusted.byId(sha256(LISTED))).toBe(LISTED);
    expect(trusted.includes(LISTED)).toBe(true);
    expect(trusted.includes('{ x }')).toBe(false);
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', 'nothing', /cannot read .*bad\.json/],
    ['a list', [], /neither a manifest nor an object/],
    ['nothing in it', {}, /lists no document/],
    ['a hash of another document', { abc: LISTED }, /abc is not the SHA-256/],
    ['a document that is no text', { abc: 1 }, /abc is not a text/],
    ['a document that is no GraphQL', { [sha256('{ {')]: '{ {' }, /cannot be read/],
    ['another version', { ...manifest, version: 2 }, /version/],
    ['no operations', { ...manifest, operations: undefined }, /no operations/],
    ['an operation without a body', { ...manifest, operations: [{ id: 'a' }] }, /operations\[0\]/],
  ])('with %s stops the start', async (_what, content, message) => {
    const file = await write('bad.json', content);
    const reading = readTrustedDocuments(file);
    await expect(reading).rejects.toThrow(StartError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(/^TRUSTED_DOCUMENTS: /);
  });

  test('that is missing stops the start', async () => {
    await expect(readTrustedDocuments(path.join(directory, 'missing.json'))).rejects.toThrow(StartError);
  });
});

describe('without a list', () => {
  let open: TestGraph;
  beforeAll(async () => {
    open = await startGraph();
  });
  afterAll(() => open.stop());

  test('a document is registered by its hash, and then runs by it', async () => {
    expect(await send(open, persisted(sha256(LISTED)))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
    expect(await send(open, { query: LISTED, ...persisted(sha256(LISTED)) })).toMatchObject(ANSWER);
    expect(await send(open, persisted(sha256(LISTED)))).toMatchObject(ANSWER);
  });

  test.each<[string, object]>([
    ['a hash of another text', { query: LISTED, ...persisted(sha256('x')) }],
    ['another version', persisted(sha256(LISTED), 2)],
    ['a hash that is no text', persisted({ a: 1 })],
    ['an extension that is no object', { query: LISTED, extensions: { persistedQuery: 'x' } }],
  ])('%s is refused', async (_what, body) => {
    expect(await send(open, body)).toEqual({ status: 400, data: undefined, code: 'BAD_REQUEST' });
  });

  test('a refused document is not registered', async () => {
    const hash = sha256(DEAR);
    expect((await send(open, { query: DEAR, ...persisted(hash) })).code).toBe('COST_ESTIMATED_TOO_EXPENSIVE');
    expect((await send(open, persisted(hash))).code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});
