import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { ErrorCode } from '../errors/catalogue';
import { formatError } from '../errors/format-error';
import { logErrors } from '../errors/log-unexpected-errors';
import { createCacheCounts } from '../metrics/cache-counts';
import type { Metrics } from '../metrics/metrics';
import { extensionsOf, type NotingCall } from './deprecated-use';
import { compileOperation, type ExecuteCompiled } from './execution/compile-operation';
import { type SubgraphName, schemaOf } from './names';
import type { SubgraphCall, SubgraphRequest, SubgraphResponse } from './transport';

/** Executes one operation with a context of its own, and answers as the subgraph does over HTTP. */
export type ExecuteOperation = (request: SubgraphRequest, context: NotingCall) => Promise<SubgraphResponse>;

export interface ExecuteOptions {
  schema: GraphQLSchema;
  name: SubgraphName;
  metrics: Metrics;
  logger: Logger;
}

/** A document that is parsed and validated, and those of its operations that were asked for. */
interface KnownDocument {
  document: DocumentNode;
  operations: Map<string | undefined, ExecuteCompiled>;
}

/**
 * The gateway's plans repeat their operations, so compiled ones are kept: fewer characters than the gateway keeps of plans,
 * because few documents ask one subgraph alone.
 */
const MAX_KEPT_CHARACTERS = 100_000;

/**
 * Executes operations on a schema of this process. What Apollo Server does for each of them over HTTP besides, such as
 * hashing the document and calling plugins, costs more than the execution itself.
 */
export function createExecuteOperation({ schema, name, metrics, logger }: ExecuteOptions): ExecuteOperation {
  const documents = new LRUCache<string, KnownDocument>({ maxSize: MAX_KEPT_CHARACTERS });
  const named = { name: `${schemaOf(name)}_documents`, of: 'Compiled operations' };
  const { hits, misses } = createCacheCounts(metrics, named, () => documents.size);

  function readDocument(query: string): KnownDocument | GraphQLError[] {
    const known = documents.get(query);
    (known ? hits : misses).inc();
    if (known) return known;
    let document: DocumentNode;
    try {
      // Where in its own query an error is, the gateway tells nobody; and places were a quarter of what was kept.
      document = parse(query, { noLocation: true });
    } catch (error) {
      return [asRefusal(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')];
    }
    const errors = validate(schema, document);
    if (errors.length > 0) return errors.map((error) => asRefusal(error, 'GRAPHQL_VALIDATION_FAILED'));
    const read = { document, operations: new Map() };
    documents.set(query, read, { size: Math.max(1, query.length) });
    return read;
  }

  function readOperation(query: string, operationName: string | undefined): ExecuteCompiled | GraphQLError[] {
    const read = readDocument(query);
    if (Array.isArray(read)) return read;
    const known = read.operations.get(operationName);
    if (known) return known;
    try {
      const compiled = compileOperation(schema, read.document, operationName);
      read.operations.set(operationName, compiled);
      return compiled;
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return [asRefusal(error, 'OPERATION_RESOLUTION_FAILURE')];
    }
  }

  function answerErrors(errors: readonly GraphQLError[], context: SubgraphCall): SubgraphResponse['errors'] {
    logErrors(logger, errors, context);
    return errors.map((error) => {
      const { code = 'INTERNAL_SERVER_ERROR' } = error.extensions;
      return formatError({ ...error.toJSON(), extensions: { ...error.extensions, code } }, error);
    });
  }

  return async ({ query, variables, operationName }, contextValue) => {
    const executeCompiled = readOperation(query, operationName ?? undefined);
    if (Array.isArray(executeCompiled)) return { errors: answerErrors(executeCompiled, contextValue) };
    const { data, errors } = await executeCompiled(variables, contextValue);
    const extensions = extensionsOf(contextValue.deprecatedUses);
    const told = extensions && { extensions };
    if (!errors) return { data, ...told };
    if (data !== undefined) return { data, errors: answerErrors(errors, contextValue), ...told };
    // Nothing was executed: its variables are not what the operation declares.
    const refusals = errors.map((error) => asRefusal(error, 'BAD_USER_INPUT'));
    return { errors: answerErrors(refusals, contextValue) };
  };
}

/** The error with a code that tells what became of the operation, unless it has one. */
function asRefusal(error: GraphQLError, code: ErrorCode): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    originalError: error.originalError ?? error,
    extensions: { code, ...error.extensions },
  });
}
