import { readFile } from 'node:fs/promises';
import type { GraphQLRequest } from '@apollo/server';
import { type GraphQLError, parse } from 'graphql';
import { StartError } from '../../shared/start-error';
import { sha256 } from './persisted-queries';
import { refusal } from './refusal';

/** The only documents that run where an operator lists them. */
export interface TrustedDocuments {
  /**
   * The document of a manifest's id or of its own SHA-256, bare or as `sha256:…`, which is how GraphQL over HTTP writes a
   * `documentId`; `undefined` when none is listed.
   */
  byId(id: string): string | undefined;
  /** Whether exactly this text is listed. */
  includes(document: string): boolean;
}

/**
 * Reads a list of documents: Apollo's persisted query manifest, or one JSON object of SHA-256 to document. Throws
 * `StartError` that names the file and what is wrong with it.
 */
export async function readTrustedDocuments(file: string): Promise<TrustedDocuments> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new StartError(`TRUSTED_DOCUMENTS: cannot read ${file}: ${(error as Error).message}`, error);
  }
  try {
    return indexDocuments(isManifest(content) ? manifestEntries(content) : hashedEntries(content));
  } catch (error) {
    throw new StartError(`TRUSTED_DOCUMENTS: ${file}: ${(error as Error).message}`, error);
  }
}

/**
 * Puts the listed document into the request when it came by `documentId` or by a persisted query's hash, or answers
 * the refusal. A request with a text is judged by the text alone.
 */
export function resolveTrustedDocument(
  request: GraphQLRequest,
  documentId: unknown,
  trusted: TrustedDocuments,
): GraphQLError | null {
  const { persistedQuery, ...extensions } = (request.extensions ?? {}) as Record<string, unknown>;
  request.extensions = extensions;
  if (request.query) {
    return trusted.includes(request.query)
      ? null
      : refusal('QUERY_NOT_IN_SAFELIST', 'The document is not one of those that are served here');
  }
  const id = documentId ?? (persistedQuery as Record<string, unknown> | null | undefined)?.['sha256Hash'];
  if (typeof id !== 'string') {
    return refusal('BAD_REQUEST', 'Send a listed document, its documentId, or extensions.persistedQuery');
  }
  request.query = trusted.byId(id);
  return request.query === undefined
    ? refusal('PERSISTED_QUERY_NOT_IN_LIST', 'No document with this id is served here')
    : null;
}

function indexDocuments(entries: [id: string, document: string][]): TrustedDocuments {
  const documents = new Map<string, string>();
  for (const [id, document] of entries) {
    try {
      parse(document, { noLocation: true });
    } catch (error) {
      throw new Error(`the document ${id} cannot be read: ${(error as Error).message}`);
    }
    const hash = sha256(document);
    documents.set(hash, document);
    documents.set(`sha256:${hash}`, document);
    documents.set(id, document);
  }
  if (documents.size === 0) throw new Error('it lists no document');
  return {
    byId: (id) => documents.get(id),
    includes: (document) => documents.has(sha256(document)),
  };
}

function isManifest(content: unknown): content is { version: unknown; operations: unknown } {
  return isRecord(content) && content['format'] === 'apollo-persisted-query-manifest';
}

function manifestEntries(manifest: { version: unknown; operations: unknown }): [string, string][] {
  if (manifest.version !== 1) throw new Error('the version of the manifest must be 1');
  if (!Array.isArray(manifest.operations)) throw new Error('the manifest has no operations');
  return manifest.operations.map((operation: unknown, index) => {
    const { id, body } = isRecord(operation) ? operation : {};
    if (typeof id !== 'string' || typeof body !== 'string')
      throw new Error(`operations[${index}] has no id or no body`);
    return [id, body];
  });
}

function hashedEntries(content: unknown): [string, string][] {
  if (!isRecord(content)) throw new Error('it is neither a manifest nor an object of hashes and documents');
  return Object.entries(content).map(([hash, document]) => {
    if (typeof document !== 'string') throw new Error(`the document ${hash} is not a text`);
    if (sha256(document) !== hash) throw new Error(`${hash} is not the SHA-256 of its document`);
    return [hash, document];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
