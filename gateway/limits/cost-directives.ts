import {
  type ASTNode,
  type ConstDirectiveNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  getDirectiveValues,
  getNamedType,
  isCompositeType,
  isInputObjectType,
} from 'graphql';

/** `@listSize` of a field, as the federation specification's cost v0.1 defines it. */
export interface ListSize {
  assumedSize: number | null;
  /** Arguments, or dotted paths into them, that say how many items are asked for. The largest counts. */
  slicingArguments: readonly string[];
  /** Lists of the field's own type that the size is meant for, such as a connection's `edges`. */
  sizedFields: readonly string[];
}

/** Reads `@cost` and `@listSize` where a supergraph has them. */
export interface CostDirectives {
  /** What one instance of the field costs by itself: its own weight, its type's, or 1 for what has fields. */
  weightOfField(field: GraphQLField<unknown, unknown>): number;
  /** What a given argument or input field costs by itself: its own weight, its type's, or 1 for an input object. */
  weightOfInput(input: GraphQLArgument | GraphQLInputField): number;
  listSizeOf(field: GraphQLField<unknown, unknown>): ListSize | null;
}

interface Annotated {
  astNode?: (ASTNode & { directives?: readonly ConstDirectiveNode[] | undefined }) | null | undefined;
}

/** Reads each element's directives once. Source: https://specs.apollo.dev/cost/v0.1. */
export function readCostDirectives(schema: GraphQLSchema): CostDirectives {
  const cost = schema.getDirective('cost');
  const listSize = schema.getDirective('listSize');
  const fieldWeights = new Map<object, number>();
  const inputWeights = new Map<object, number>();
  const listSizes = new Map<object, ListSize | null>();

  function declaredWeight(element: Annotated): number | undefined {
    const values = cost && element.astNode ? getDirectiveValues(cost, element.astNode) : undefined;
    return values?.['weight'] as number | undefined;
  }

  return {
    weightOfField: (field) =>
      remembered(fieldWeights, field, () => {
        const type = getNamedType(field.type);
        return declaredWeight(field) ?? declaredWeight(type) ?? (isCompositeType(type) ? 1 : 0);
      }),
    weightOfInput: (input) =>
      remembered(inputWeights, input, () => {
        const type = getNamedType(input.type);
        return declaredWeight(input) ?? declaredWeight(type) ?? (isInputObjectType(type) ? 1 : 0);
      }),
    listSizeOf: (field) =>
      remembered(listSizes, field, () => {
        const values = listSize && field.astNode ? getDirectiveValues(listSize, field.astNode) : undefined;
        if (!values) return null;
        return {
          assumedSize: (values['assumedSize'] as number | null | undefined) ?? null,
          slicingArguments: (values['slicingArguments'] as string[] | null | undefined) ?? [],
          sizedFields: (values['sizedFields'] as string[] | null | undefined) ?? [],
        };
      }),
  };
}

function remembered<Value>(values: Map<object, Value>, key: object, create: () => Value): Value {
  const known = values.get(key);
  if (known !== undefined) return known;
  const value = create();
  values.set(key, value);
  return value;
}
