import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { formatError } from '../../shared/errors/format-error';
import { logUnexpectedErrors } from '../../shared/errors/log-unexpected-errors';
import { extensionsOf, type NotingCall } from '../../shared/subgraph/deprecated-use';

/** An Apollo Server that answers what a subgraph of ours should, to hold the subgraph's own execution against. */
export function createStockServer(schema: GraphQLSchema, logger: Logger): ApolloServer<NotingCall> {
  return new ApolloServer<NotingCall>({
    schema,
    // Subgraphs do not say where in the gateway's query an error is.
    parseOptions: { noLocation: true },
    formatError,
    includeStacktraceInErrorResponses: false,
    introspection: true,
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    logger,
    plugins: [
      logUnexpectedErrors(logger),
      tellDeprecatedUses,
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
    ],
  });
}

const tellDeprecatedUses: ApolloServerPlugin<NotingCall> = {
  async requestDidStart() {
    return {
      async willSendResponse({ contextValue, response: { body } }) {
        const extensions = extensionsOf(contextValue.deprecatedUses);
        if (extensions && body.kind === 'single') body.singleResult.extensions = extensions;
      },
    };
  },
};
