import { GraphQLError } from 'graphql';
import { type ErrorCode, errorCatalogue } from '../../shared/errors/catalogue';

/**
 * The error by which the gateway turns a request away before it is planned. Apollo Server takes the HTTP status from
 * it. `details` become extensions beside the code: for a limit its `limit` and the request's `value`,
 * for a rate limit the seconds until it ends.
 */
export function refusal(
  code: ErrorCode,
  message: string,
  details: { limit?: number; value?: number; retryAfterSeconds?: number } = {},
): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, ...details, http: { status: errorCatalogue[code].status } },
  });
}
