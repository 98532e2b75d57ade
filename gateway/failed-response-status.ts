import type { ApolloServerPlugin } from '@apollo/server';
import { errorCatalogue, isCataloguedCode } from '../shared/errors/catalogue';
import type { SubgraphCall } from '../shared/subgraph/transport';

/** Gives an answer without any data the HTTP status of its first error; an answer with data keeps 200. */
export const failedResponseStatus: ApolloServerPlugin<SubgraphCall> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response }) {
        if (response.body.kind !== 'single') return;
        const { data, errors } = response.body.singleResult;
        const code = errors?.[0]?.extensions?.['code'];
        if (data || !isCataloguedCode(code)) return;
        response.http.status ??= errorCatalogue[code].status;
        if (response.http.status === 401) response.http.headers.set('www-authenticate', 'Bearer');
      },
    };
  },
};
