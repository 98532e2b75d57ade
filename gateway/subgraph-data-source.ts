import type { GraphQLDataSource } from '@apollo/gateway';
import { type FragmentDefinitionNode, Kind, parse, type SelectionSetNode } from 'graphql';
import type { Logger } from 'pino';
import { CodedError } from '../shared/errors/coded-error';
import { beforeDeadline } from '../shared/subgraph/deadline';
import type {
  SubgraphCall,
  SubgraphRequest,
  SubgraphResponse,
  SubgraphTransport,
} from '../shared/subgraph/transport';

/** The way to a subgraph, as the gateway takes it and as Apollo's own gateway would. */
export interface SubgraphDataSource extends GraphQLDataSource<SubgraphCall> {
  /**
   * What the subgraph answers. Never rejects: a subgraph that gives no answer, or one for which `assertAnswer` throws, is
   * told of by errors.
   */
  ask(
    request: SubgraphRequest,
    call: SubgraphCall,
    assertAnswer?: (response: SubgraphResponse) => void,
  ): Promise<SubgraphResponse>;
}

type ErrorPath = (string | number)[];

/**
 * Sends the gateway's operations to a subgraph. A subgraph that does not answer costs its own fields only: each of
 * them is `null`, with one `SUBGRAPH_UNAVAILABLE` error at its path. Nothing is sent twice.
 */
export function createSubgraphDataSource(
  name: string,
  transport: SubgraphTransport,
  logger: Logger,
): SubgraphDataSource {
  const ask: SubgraphDataSource['ask'] = async (request, call, assertAnswer) => {
    try {
      // What runs below ends by itself: the deadline travels with the call, down to PostgreSQL.
      const response = await beforeDeadline(call, () => transport.execute(request, call));
      assertAnswer?.(response);
      return response;
    } catch (error) {
      logger.error({ err: error, subgraph: name, requestId: call.requestId }, 'subgraph did not answer');
      return unavailableResponse(name, request, codeOf(error));
    }
  };

  return {
    ask,
    async process({ request: { query = '', variables, operationName }, context }) {
      return asGatewayResponse(await ask({ query, variables, operationName }, context as SubgraphCall));
    },
  };
}

type GatewayResponse = Awaited<ReturnType<GraphQLDataSource['process']>>;

/** Apollo's gateway reads errors as GraphQL sends them over HTTP; its type asks for instances that it never uses. */
function asGatewayResponse(response: SubgraphResponse): GatewayResponse {
  return response as GatewayResponse;
}

type FailureCode = 'REQUEST_TIMEOUT' | 'SUBGRAPH_UNAVAILABLE';

function codeOf(error: unknown): FailureCode {
  return error instanceof CodedError && error.code === 'REQUEST_TIMEOUT'
    ? error.code
    : 'SUBGRAPH_UNAVAILABLE';
}

/** The answer of a subgraph that gave none: every field that was asked of it failed. */
export function unavailableResponse(
  name: string,
  request: SubgraphRequest,
  code: FailureCode = 'SUBGRAPH_UNAVAILABLE',
): SubgraphResponse {
  const message =
    code === 'REQUEST_TIMEOUT'
      ? `The system "${name}" did not answer within the time that a request may take`
      : `The system "${name}" does not answer at the moment`;
  return {
    data: null,
    errors: requestedPaths(request).map((path) => ({ message, path, extensions: { code } })),
  };
}

/** The paths of the fields that an operation asks of a subgraph: root fields, or the fields of each entity. */
function requestedPaths({ query, variables }: SubgraphRequest): ErrorPath[] {
  const document = parse(query, { noLocation: true });
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  );
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) return [];
  return operation.selectionSet.selections.flatMap((selection): ErrorPath[] => {
    if (selection.kind !== Kind.FIELD) return [];
    const key = selection.alias?.value ?? selection.name.value;
    if (selection.name.value !== '_entities' || !selection.selectionSet) return [[key]];
    const fields = [...responseKeys(selection.selectionSet, fragments)];
    const representations = Array.isArray(variables?.['representations']) ? variables['representations'] : [];
    return representations.flatMap((_representation, index) => fields.map((field) => [key, index, field]));
  });
}

function responseKeys(
  { selections }: SelectionSetNode,
  fragments: Map<string, FragmentDefinitionNode>,
): Set<string> {
  const keys = new Set<string>();
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') keys.add(selection.alias?.value ?? selection.name.value);
      continue;
    }
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection.selectionSet
        : fragments.get(selection.name.value)?.selectionSet;
    if (inner) for (const key of responseKeys(inner, fragments)) keys.add(key);
  }
  return keys;
}
