import type { ApolloServerPlugin } from '@apollo/server';
import type { SubgraphCall } from '../shared/subgraph/transport';
import { publicMutations } from './limits/public-mutations';
import { refusal } from './limits/refusal';
import { rootFieldsOf } from './rate-limits/root-fields';

/**
 * Refuses an operation without a token of which nothing is public, before it is planned: each subgraph would refuse its
 * fields too, but planning them is work that nobody should have for nothing.
 */
export const publicOperations: ApolloServerPlugin<SubgraphCall> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ contextValue, schema, document, operation, request }) {
        if (contextValue.viewer.kind !== 'anonymous' || !operation) return;
        const fields = rootFieldsOf({ schema, document, operation, variables: request.variables });
        const [first] = fields;
        if (!first || fields.some(({ name }) => publicMutations.has(name))) return;
        throw refusal(
          'UNAUTHENTICATED',
          `${first.name} needs a token: send \`Authorization: Bearer\` and one`,
        );
      },
    };
  },
};
