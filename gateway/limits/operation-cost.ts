import {
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { readCostDirectives } from './cost-directives';
import { fragmentsOf } from './fragments';
import { createValueReader } from './request-values';

/** What a mutation costs before its fields. */
const MUTATION_COST = 10;
/** Items of a list that no `@listSize` describes. */
const UNDESCRIBED_LIST_SIZE = 20;

type Field = GraphQLField<unknown, unknown>;
/** Sizes that a parent's `sizedFields` gave to lists of its type. */
type GivenSizes = ReadonlyMap<string, number>;
const NONE: GivenSizes = new Map();

/** Estimates a validated operation of a document with these variables, before anything is fetched. */
export type CostOf = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
) => number;

/**
 * The static cost by `@cost` and `@listSize` of the supergraph, as Apollo Router's demand control counts it: what has
 * fields costs 1, a leaf nothing, a list as often as it has items by its slicing argument or its assumed size, and
 * fragments count wherever they are spread. Time is linear in the operation's selections, which have a limit of their
 * own. Source: https://specs.apollo.dev/cost/v0.1.
 */
export function createCostOf(schema: GraphQLSchema): CostOf {
  const directives = readCostDirectives(schema);
  /** Operations that cost the same whatever their variables are. */
  const known = new WeakMap<OperationDefinitionNode, number>();

  function estimate(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Record<string, unknown>,
  ): number {
    const fragments = fragmentsOf(document);
    const read = createValueReader(operation, variables);

    function costOfSet(set: SelectionSetNode, typeName: string, sizes: GivenSizes): number {
      let cost = 0;
      for (const selection of set.selections) {
        if (read.isLeftOut(selection)) continue;
        if (selection.kind === Kind.FIELD) {
          const type = schema.getType(typeName);
          const field =
            isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
          if (field) cost += costOfField(selection, field, sizes.get(field.name));
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          cost += costOfSet(selection.selectionSet, selection.typeCondition?.name.value ?? typeName, sizes);
        } else {
          const fragment = fragments.get(selection.name.value);
          if (fragment) cost += costOfSet(fragment.selectionSet, fragment.typeCondition.name.value, sizes);
        }
      }
      return cost;
    }

    function costOfField(node: FieldNode, field: Field, givenSize: number | undefined): number {
      const listSize = directives.listSizeOf(field);
      const size = listSize ? (sliced(node, field, listSize.slicingArguments) ?? listSize.assumedSize) : null;
      const sizedFields = listSize?.sizedFields ?? [];
      const ownSize = sizedFields.length === 0 ? size : null;
      const isList = isListType(getNullableType(field.type));
      const instances = isList ? (givenSize ?? ownSize ?? UNDESCRIBED_LIST_SIZE) : 1;
      const sizes =
        size === null || sizedFields.length === 0 ? NONE : new Map(sizedFields.map((name) => [name, size]));
      const below = node.selectionSet
        ? costOfSet(node.selectionSet, getNamedType(field.type).name, sizes)
        : 0;
      return instances * (directives.weightOfField(field) + below) + costOfArguments(node, field);
    }

    /** How many items the arguments ask for, the largest where there are several; `null` when none says. */
    function sliced(node: FieldNode, field: Field, paths: readonly string[]): number | null {
      const counts = paths.map((path) => read.atPath(node, field, path)).filter(Number.isInteger) as number[];
      return counts.length > 0 ? Math.max(1, ...counts) : null;
    }

    function costOfArguments(node: FieldNode, field: Field): number {
      let cost = 0;
      for (const { name, value } of node.arguments ?? []) {
        const argument = field.args.find((candidate) => candidate.name === name.value);
        if (argument && mayCost(argument)) cost += costOfInput(argument, argument.type, read.value(value));
      }
      return cost;
    }

    function costOfInput(
      input: GraphQLArgument | GraphQLInputField,
      type: GraphQLInputType,
      value: unknown,
    ): number {
      if (value === null || value === undefined) return 0;
      const nullable = getNullableType(type);
      if (isListType(nullable)) {
        const items: unknown[] = Array.isArray(value) ? value : [value];
        return items.reduce<number>((cost, item) => cost + costOfInput(input, nullable.ofType, item), 0);
      }
      let cost = directives.weightOfInput(input);
      if (!isInputObjectType(nullable) || typeof value !== 'object') return cost;
      const fields = nullable.getFields();
      for (const [name, item] of Object.entries(value)) {
        const field = fields[name];
        if (field) cost += costOfInput(field, field.type, item);
      }
      return cost;
    }

    const root = schema.getRootType(operation.operation);
    const base = operation.operation === OperationTypeNode.MUTATION ? MUTATION_COST : 0;
    const cost = root ? base + costOfSet(operation.selectionSet, root.name, NONE) : base;
    if (!read.hasReadVariables()) known.set(operation, cost);
    return cost;
  }

  /** Most arguments are leaves without a weight, whose values need not be read. */
  function mayCost(argument: GraphQLArgument): boolean {
    return directives.weightOfInput(argument) !== 0 || isInputObjectType(getNamedType(argument.type));
  }

  return (document, operation, variables) => known.get(operation) ?? estimate(document, operation, variables);
}
