import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { SubgraphCall } from '../subgraph/transport';
import { isExpected } from './format-error';

/** `logErrors` for every operation of a server. */
export function logUnexpectedErrors(logger: Logger): ApolloServerPlugin<SubgraphCall> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          logErrors(logger, errors, contextValue);
        },
      };
    },
  };
}

/**
 * Logs errors that no caller could have avoided, under the request id that the caller got. What a subgraph answered is
 * in that subgraph's log under the same id.
 */
export function logErrors(
  logger: Logger,
  errors: readonly GraphQLError[],
  { requestId }: Pick<SubgraphCall, 'requestId'>,
): void {
  for (const error of errors.filter(isOurs)) {
    const cause = error.originalError ?? error;
    logger.error({ err: cause, path: error.path, requestId }, error.message);
  }
}

function isOurs(error: GraphQLError): boolean {
  return !isExpected(error) && error.extensions['serviceName'] === undefined;
}
