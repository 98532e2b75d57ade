import { type GraphQLSchema, isScalarType } from 'graphql';
import { ownScalars } from '../../shared/graphql/own-scalars';
import { isSubgraphName } from '../../shared/subgraph/names';
import { subgraphsOfScalar } from '../supergraph';

/**
 * Lets `schema` refuse variables, literals and defaults that our scalars cannot be, before any subgraph is asked: a
 * supergraph says the names of scalars and not what they are. One that a subgraph of others has too stays as it is, for it
 * may mean something else there.
 */
export function readOwnScalars(schema: GraphQLSchema, supergraphSdl: string): void {
  for (const [name, { parseValue, parseLiteral }] of Object.entries(ownScalars)) {
    const type = schema.getType(name);
    const subgraphs = subgraphsOfScalar(supergraphSdl, name);
    const isOurs = subgraphs.length > 0 && subgraphs.every(isSubgraphName);
    if (!isOurs || !isScalarType(type)) continue;
    type.parseValue = parseValue;
    type.parseLiteral = parseLiteral;
  }
}
