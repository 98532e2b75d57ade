import { ApolloGateway } from '@apollo/gateway';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { type ExecutionResult, type GraphQLSchema, getOperationAST, parse } from 'graphql';
import pino from 'pino';
import { createCompiledGateway } from '../../gateway/execution/compiled-gateway';
import { createSubgraphDataSource } from '../../gateway/subgraph-data-source';
import { createMetrics } from '../../shared/metrics/metrics';
import { type SubgraphCall, type SubgraphTransport, systemCall } from '../../shared/subgraph/transport';
import type { GeneratedDocument } from './document-generator';
import type { Answers } from './same-answers';

type Gateway = NonNullable<ApolloServerOptionsWithGateway<SubgraphCall>['gateway']>;
type Executor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;
type RequestContext = Parameters<Executor>[0];

/** Our gateway and Apollo's own, over the same subgraphs. */
export interface BothGateways {
  readonly schema: GraphQLSchema;
  /** Subgraphs get the request id with the call. */
  ask(document: GeneratedDocument, requestId?: string): Promise<Answers>;
  askOurs(document: GeneratedDocument): Promise<ExecutionResult>;
}

const logger = pino({ level: 'silent' });
const CALL_MS = 600_000;

export async function startBothGateways(
  supergraphSdl: string,
  transportOf: (subgraph: string) => SubgraphTransport,
): Promise<BothGateways> {
  const dataSourceOf = (name: string) => createSubgraphDataSource(name, transportOf(name), logger);
  const stockGateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name }) => dataSourceOf(name),
    queryPlannerConfig: { debug: { maxEvaluatedPlans: 100 } },
    logger,
  });
  const ours = await load(
    createCompiledGateway({ supergraphSdl, dataSourceOf, metrics: createMetrics(), logger }),
  );
  const stock = await load(stockGateway);
  const { schema } = stockGateway;
  if (!schema) throw new Error('The stock gateway has no schema');

  return {
    schema,
    askOurs: async (document) => ours(requestContext(schema, document, 'ours')),
    async ask(document, requestId = 'differential') {
      // Each has a call of its own, by which subgraphs may count what they were asked.
      const [ourAnswer = {}, stockAnswer = {}] = await Promise.all(
        [ours, stock].map((execute) =>
          execute(requestContext(schema, document, requestId)).catch((error) => ({ errors: [error] })),
        ),
      );
      return { ours: ourAnswer, stock: stockAnswer };
    },
  };
}

async function load(gateway: Gateway): Promise<Executor> {
  const { executor } = await gateway.load({ apollo: {} });
  if (!executor) throw new Error('The gateway has no executor');
  return executor;
}

/** What Apollo Server hands to an executor, as far as either of them reads it. */
function requestContext(
  schema: GraphQLSchema,
  { text, variables }: GeneratedDocument,
  requestId: string,
): RequestContext {
  const document = parse(text);
  const context: Partial<RequestContext> = {
    request: { query: text, variables },
    document,
    operation: getOperationAST(document) ?? undefined,
    operationName: null,
    queryHash: text,
    source: text,
    schema,
    context: systemCall(requestId, CALL_MS),
    metrics: {},
    logger,
  };
  return context as RequestContext;
}
