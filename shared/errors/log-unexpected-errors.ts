import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { isOutOfReach, isUnstorableText } from '../database/postgres-errors';
import type { SubgraphCall } from '../subgraph/transport';
import { CodedError } from './coded-error';
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
 * Logs errors that no caller could have avoided, under the request id that the caller got. A refusal that the database had
 * to say, or a state of the platform of which the sentence says everything, is a warning without a stack. What a subgraph
 * answered is in that subgraph's log under the same id.
 */
export function logErrors(
  logger: Logger,
  errors: readonly GraphQLError[],
  { requestId }: Pick<SubgraphCall, 'requestId'>,
): void {
  for (const error of errors.filter(isOurs)) {
    const cause = error.originalError ?? error;
    const { path, message } = error;
    if (isRefusal(cause) || isSaidInFull(cause)) logger.warn({ path, requestId }, message);
    else logger.error({ err: cause, path, requestId }, message);
  }
}

/** Whether the caller is told that it may not do this, or not with such a text. */
function isRefusal(cause: Error): boolean {
  return isOutOfReach(cause) || isUnstorableText(cause);
}

/** Whether the graph itself said that a system is unavailable, and nothing lies beneath. */
function isSaidInFull(cause: Error): boolean {
  return (
    cause instanceof CodedError && cause.code === 'SUBGRAPH_UNAVAILABLE' && cause.originalError === undefined
  );
}

function isOurs(error: GraphQLError): boolean {
  return !isExpected(error) && error.extensions['serviceName'] === undefined;
}
