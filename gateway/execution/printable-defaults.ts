import { type GraphQLSchema, isScalarType, isSpecifiedScalarType } from 'graphql';

/**
 * Lets the defaults in `schema` be printed, which Apollo Server does at its start, and introspection for whoever asks. A
 * default of a custom scalar that is a list or an object is told as the text of its JSON, because GraphQL.js fails at it.
 */
export function makeDefaultsPrintable(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    // By this GraphQL.js comes to what a default is written as. Values of answers never go this way.
    if (isScalarType(type) && !isSpecifiedScalarType(type)) type.serialize = asPrintable;
  }
}

function asPrintable(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
