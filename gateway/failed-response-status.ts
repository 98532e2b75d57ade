import type { ApolloServerPlugin } from '@apollo/server';
import { errorCatalogue, isCataloguedCode } from '../shared/errors/catalogue';
import type { SubgraphCall } from '../shared/subgraph/transport';
import { isOfOthers } from './execution/subgraph-errors';

/**
 * Gives an answer without any data the HTTP status of its first error; an answer with data keeps 200. An error of somebody
 * else's subgraph does not count: its code is about the request that the subgraph got, not about the caller's.
 */
export const failedResponseStatus: ApolloServerPlugin<SubgraphCall> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response }) {
        if (response.body.kind !== 'single') return;
        const { data, errors } = response.body.singleResult;
        const code = errors?.find((error) => !isOfOthers(error))?.extensions?.['code'];
        if (data || !isCataloguedCode(code)) return;
        response.http.status ??= errorCatalogue[code].status;
        if (response.http.status === 401) response.http.headers.set('www-authenticate', 'Bearer');
      },
    };
  },
};
