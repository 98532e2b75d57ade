import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { SubgraphCall } from '../subgraph/transport';
import { isExpected } from './format-error';

/**
 * Logs errors that no caller could have avoided, under the request id that the caller got. What a subgraph answered is
 * in that subgraph's log under the same id.
 */
export function logUnexpectedErrors(logger: Logger): ApolloServerPlugin<SubgraphCall> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors.filter(isOurs)) {
            const cause = error.originalError ?? error;
            logger.error({ err: cause, path: error.path, requestId: contextValue.requestId }, error.message);
          }
        },
      };
    },
  };
}

function isOurs(error: GraphQLError): boolean {
  return !isExpected(error) && error.extensions['serviceName'] === undefined;
}
