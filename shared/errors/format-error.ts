import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import { isDatabaseUnavailable, isOutOfReach, isUnstorableText } from '../database/postgres-errors';
import { type ErrorCode, isCataloguedCode } from './catalogue';

/**
 * What a caller sees of an error: errors of the catalogue as they are, everything else as one masked sentence.
 * Text of the database or of a library never passes; it is in the log under the request id.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const code = formatted.extensions?.['code'];
  if (isCataloguedCode(code) && code !== 'INTERNAL_SERVER_ERROR') return withoutStack(formatted);
  const cause = unwrapResolverError(error);
  if (isDatabaseUnavailable(cause)) {
    return masked(
      formatted,
      'SUBGRAPH_UNAVAILABLE',
      'The data of this system cannot be reached at the moment',
    );
  }
  if (isOutOfReach(cause)) {
    return masked(
      formatted,
      'FORBIDDEN',
      'The record would belong to a tenant that your token does not reach',
    );
  }
  if (isUnstorableText(cause)) {
    return masked(
      formatted,
      'BAD_USER_INPUT',
      'A text contains the character U+0000, which cannot be stored',
    );
  }
  return masked(formatted, 'INTERNAL_SERVER_ERROR', 'The request met a defect; report its x-request-id');
}

/** Whether an error is the caller's to mend, or a known state of the platform, and so no news for the log. */
export function isExpected(error: { extensions?: Record<string, unknown> | undefined }): boolean {
  const code = error.extensions?.['code'];
  return isCataloguedCode(code) && code !== 'INTERNAL_SERVER_ERROR' && code !== 'SUBGRAPH_UNAVAILABLE';
}

function masked(formatted: GraphQLFormattedError, code: ErrorCode, message: string): GraphQLFormattedError {
  return { ...formatted, message, extensions: { code } };
}

export function withoutStack(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { stacktrace: _stacktrace, ...extensions } = formatted.extensions ?? {};
  return { ...formatted, extensions };
}
