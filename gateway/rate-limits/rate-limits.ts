import type { ApolloServerPlugin } from '@apollo/server';
import { OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import { logSeldom } from '../../shared/log-seldom';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import { refusal } from '../limits/refusal';
import { type Charge, chargesOf, chargesOfTenants } from './charges';
import type { CountedTenant } from './counted-tenant';
import type { LimitStore } from './limit-store';
import type { RefusedDocuments } from './refused-documents';
import { rootFieldsOf } from './root-fields';

/**
 * Counts each operation before it is planned and refuses those over a limit with `RATE_LIMITED`. Where counts cannot be
 * read, reads and writes go on uncounted, and leads are refused with `RATE_LIMIT_UNAVAILABLE`: nobody else stands
 * between the internet and a tenant's inbox. What the graph does by itself is not counted.
 */
export function rateLimits(
  store: LimitStore,
  refusedDocuments: RefusedDocuments,
  countedTenant: CountedTenant,
  logger: Logger,
): ApolloServerPlugin<SubgraphCall> {
  const logUncounted = logSeldom((err, leftOut) =>
    logger.error(
      { err, leftOut },
      'rate limits cannot be counted: reads and writes go on, leads are refused',
    ),
  );

  async function charge(use: Charge, headers: Map<string, string>): Promise<void> {
    const verdict = await store.consume(use);
    if (verdict.kind === 'within') return;
    if (verdict.kind === 'over') {
      const { retryAfterSeconds } = verdict;
      headers.set('retry-after', String(retryAfterSeconds));
      throw refusal('RATE_LIMITED', `Too many requests; repeat in ${retryAfterSeconds} s`, {
        retryAfterSeconds,
      });
    }
    logUncounted(verdict.cause);
    if (use.limit === 'leadsPerAddress' || use.limit === 'leadsPerTenant') {
      throw refusal('RATE_LIMIT_UNAVAILABLE', 'Leads cannot be taken at the moment');
    }
  }

  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ contextValue, operation }) {
          if (!operation) refusedDocuments.count(contextValue);
        },
        async didResolveOperation({ contextValue, schema, document, operation, request, response }) {
          if (contextValue.viewer.kind === 'system' || !operation) return;
          const isMutation = operation.operation === OperationTypeNode.MUTATION;
          const fields = isMutation
            ? rootFieldsOf({ schema, document, operation, variables: request.variables })
            : [];
          const { headers } = response.http;
          for (const use of chargesOf(contextValue, isMutation, fields)) await charge(use, headers);
          const ofTenants = await chargesOfTenants(contextValue, fields, countedTenant);
          for (const use of ofTenants) await charge(use, headers);
        },
      };
    },
  };
}
