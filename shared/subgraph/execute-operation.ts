import {
  type DocumentNode,
  type ExecutionArgs,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { ErrorCode } from '../errors/catalogue';
import { formatError } from '../errors/format-error';
import { logErrors } from '../errors/log-unexpected-errors';
import { createCacheCounts } from '../metrics/cache-counts';
import type { Metrics } from '../metrics/metrics';
import { extensionsOf, type NotingCall } from './deprecated-use';
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

/** The gateway's plans repeat their operations, so parsed and validated ones are kept: as many characters as it keeps of plans. */
const MAX_KEPT_CHARACTERS = 250_000;

/**
 * Executes operations on a schema of this process. What Apollo Server does for each of them over HTTP besides, such as
 * hashing the document and calling plugins, costs more than the execution itself.
 */
export function createExecuteOperation({ schema, name, metrics, logger }: ExecuteOptions): ExecuteOperation {
  const documents = new LRUCache<string, DocumentNode>({ maxSize: MAX_KEPT_CHARACTERS });
  const named = { name: `${schemaOf(name)}_documents`, of: 'Parsed and validated operations' };
  const { hits, misses } = createCacheCounts(metrics, named, () => documents.size);

  function readDocument(query: string): DocumentNode | GraphQLError[] {
    const known = documents.get(query);
    (known ? hits : misses).inc();
    if (known) return known;
    let document: DocumentNode;
    try {
      document = parse(query);
    } catch (error) {
      return [asRefusal(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')];
    }
    const errors = validate(schema, document);
    if (errors.length > 0) return errors.map((error) => asRefusal(error, 'GRAPHQL_VALIDATION_FAILED'));
    documents.set(query, document, { size: Math.max(1, query.length) });
    return document;
  }

  function answerErrors(errors: readonly GraphQLError[], context: SubgraphCall): SubgraphResponse['errors'] {
    logErrors(logger, errors, context);
    return errors.map((error) => {
      const { code = 'INTERNAL_SERVER_ERROR' } = error.extensions;
      return formatError({ ...error.toJSON(), extensions: { ...error.extensions, code } }, error);
    });
  }

  return async ({ query, variables, operationName }, contextValue) => {
    const document = readDocument(query);
    if (Array.isArray(document)) return { errors: answerErrors(document, contextValue) };
    const operation: ExecutionArgs = {
      schema,
      document,
      contextValue,
      variableValues: variables,
      operationName,
    };
    const { data, errors } = await execute(operation);
    const extensions = extensionsOf(contextValue.deprecatedUses);
    const told = extensions && { extensions };
    if (!errors) return { data, ...told };
    if (data !== undefined) return { data, errors: answerErrors(errors, contextValue), ...told };
    // Without data nothing was executed: there is no such operation, or its variables are not what it declares.
    const code = getOperationAST(document, operationName) ? 'BAD_USER_INPUT' : 'OPERATION_RESOLUTION_FAILURE';
    const refusals = errors.map((error) => asRefusal(error, code));
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
