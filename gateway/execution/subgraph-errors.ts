import { ERRORS, errorCodeDef } from '@apollo/federation-internals';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { isSubgraphName } from '../../shared/subgraph/names';

/** Whether an error was answered by somebody else's subgraph, whose codes and messages are its own. */
export function isOfOthers({ extensions }: GraphQLFormattedError): boolean {
  const subgraph = extensions?.['serviceName'];
  return typeof subgraph === 'string' && !isSubgraphName(subgraph);
}

/** An error of a subgraph as the graph answers it: at `path` of the answer, with the subgraph's name. */
export function errorOfSubgraph(
  error: GraphQLFormattedError,
  subgraph: string,
  path: readonly (string | number)[] | undefined,
): GraphQLError {
  const message = error.message || `Error while fetching subquery from service "${subgraph}"`;
  const extensions = { ...error.extensions, serviceName: subgraph };
  const code = error.extensions?.['code'];
  const known = typeof code === 'string' ? errorCodeDef(code) : undefined;
  const isOwnCode = known === undefined && Boolean(code);
  return new GraphQLError(message, {
    path,
    extensions: isOwnCode
      ? extensions
      : { ...extensions, code: (known ?? ERRORS.DOWNSTREAM_SERVICE_ERROR).code },
  });
}
