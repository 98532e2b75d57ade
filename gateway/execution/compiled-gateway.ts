import { ApolloGateway } from '@apollo/gateway';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import type { Logger } from 'pino';
import type { Metrics } from '../../shared/metrics/metrics';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { SubgraphDataSource } from '../subgraph-data-source';
import { createPlanCache, type PlanCache } from './plan-cache';
import { type OperationSurroundings, prepareOperation, type RunOperation } from './prepare-operation';
import { makeDefaultsPrintable } from './printable-defaults';
import { readOwnScalars } from './read-own-scalars';
import { refuseVariables } from './refuse-variables';

type GatewayInterface = NonNullable<ApolloServerOptionsWithGateway<SubgraphCall>['gateway']>;
type Executor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>;

export interface CompiledGatewayOptions {
  supergraphSdl: string;
  /** The way to the subgraph of that name. Throws where there is none. */
  dataSourceOf: (name: string) => SubgraphDataSource;
  /** What the process counts. */
  metrics: Metrics;
  logger: Logger;
}

/** The planner's own default of 10 000 lets one query occupy the process for seconds. */
const MAX_EVALUATED_PLANS = 100;
/** A compiled operation was measured to take 190 bytes for each character of its document. */
const MAX_PLANNED_CHARACTERS = 250_000;

/**
 * Apollo's gateway with another executor. `ApolloGateway` reads the supergraph and plans; each plan, and the shape of
 * its answers, is then compiled once and run for every request with the same document.
 */
export function createCompiledGateway(options: CompiledGatewayOptions): GatewayInterface {
  const sources = new Map<string, SubgraphDataSource>();
  const plans = createPlanCache<RunOperation>(options.metrics, MAX_PLANNED_CHARACTERS);
  const apollo = new ApolloGateway({
    supergraphSdl: options.supergraphSdl,
    buildService: ({ name }) => {
      const source = options.dataSourceOf(name);
      sources.set(name, source);
      return source;
    },
    queryPlannerConfig: { debug: { maxEvaluatedPlans: MAX_EVALUATED_PLANS } },
    logger: options.logger,
  });
  // Before the server comes to know the schema, which it prints at once.
  apollo.onSchemaLoadOrUpdate(({ apiSchema }) => makeDefaultsPrintable(apiSchema));

  return {
    onSchemaLoadOrUpdate: (callback) => apollo.onSchemaLoadOrUpdate(callback),
    async load(apolloOptions) {
      const { schema } = await apollo.load(apolloOptions);
      readOwnScalars(schema, options.supergraphSdl);
      // The one way to the planner that Apollo's gateway made; another would take as much time and memory again.
      const { queryPlanner: planner } = apollo.__testing();
      if (!planner) throw new Error('Apollo’s gateway loaded without a planner');
      const supergraph = planner.supergraph.schema.toGraphQLJSSchema();
      return { executor: createExecutor({ planner, schema, supergraph, sources }, plans) };
    },
    stop: () => apollo.stop(),
  };
}

function createExecutor(surroundings: OperationSurroundings, plans: PlanCache<RunOperation>): Executor {
  return async ({ request, context, document, operation, queryHash, source }) => {
    const { variables = {}, operationName } = request;
    const errors = refuseVariables(surroundings.schema, operation, variables);
    if (errors) return { errors };
    const run = plans.get({ queryHash, operationName, length: source.length }, () =>
      prepareOperation({ document, operation, operationName }, surroundings),
    );
    // The server's context is the call; Apollo's interface has no type for it.
    return run(context as SubgraphCall, variables);
  };
}
