import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { SubgraphCall } from '../shared/subgraph/transport';

/**
 * Refuses a document whose operation cannot be told, or is a subscription, before it is planned. An empty name is none, as
 * GraphQL over HTTP has it for GET; clients that always send the field send it so in a body too.
 */
export const executableOperation: ApolloServerPlugin<SubgraphCall> = {
  async requestDidStart({ request }) {
    if (request.operationName === '') request.operationName = undefined;
    return {
      async didResolveOperation({ operation }) {
        if (operation === undefined || operation === null) {
          throw refusal(
            'The document has no operation of this operationName, or several and no name was given',
          );
        }
        if (operation.operation === 'subscription') throw refusal('Subscriptions are not offered');
      },
    };
  },
};

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
  });
}
