import type { ApolloServer, BaseContext } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyRequest } from 'fastify';
import { CodedError } from '../shared/errors/coded-error';
import type { GraphqlRoute } from '../shared/http/http-server';

/** Lets an Apollo Server answer, as GraphQL over HTTP has it. */
export function apolloRoute<Context extends BaseContext>(
  server: ApolloServer<Context>,
  createContext: GraphqlRoute<Context>['createContext'],
): GraphqlRoute<Context> {
  return {
    methods: ['GET', 'POST'],
    createContext(request) {
      assertHost(request);
      return createContext(request);
    },
    async answer(request, reply, context) {
      const handle = fastifyApolloHandler(server, { context: async () => context });
      // Their types know each of our routes' parts by another name.
      return handle.call(request.server, request as never, reply as never);
    },
  };
}

/** Apollo's integration reads the whole address, and would fail at a host that is none. Throws `BAD_REQUEST`. */
function assertHost({ protocol, hostname }: FastifyRequest): void {
  if (!URL.canParse(`${protocol}://${hostname}/`)) {
    throw new CodedError('BAD_REQUEST', 'The header Host names no host');
  }
}
