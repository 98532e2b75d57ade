import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  getArgumentValues,
  isLeafType,
  isNonNullType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  visit,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields';
import { isPromise } from 'graphql/jsutils/isPromise';
import type { Path } from 'graphql/jsutils/Path';
import type { PromiseOrValue } from 'graphql/jsutils/PromiseOrValue';
import type { Conditions } from '../../graphql/condition-cases';
import {
  answerError,
  type CompletedField,
  compileCompletion,
  completeAt,
  type ExecuteFields,
  serialize,
} from './complete-value';
import type { Execution, FieldPath, OperationInfo } from './execution';

/** What an operation's fields are compiled by. */
export interface FieldSurroundings {
  operation: OperationInfo;
  conditions: Conditions;
}

type Values = Record<string, unknown>;

interface CompiledField {
  key: string;
  execute(execution: Execution, source: unknown, parent: FieldPath): PromiseOrValue<unknown>;
}

/** Compiles what an operation asks of its root type. */
export function compileRootFields(type: GraphQLObjectType, surroundings: FieldSurroundings): CompiledField[] {
  const { operation, conditions } = surroundings;
  const { schema, fragments } = operation;
  const { selectionSet } = operation.operation;
  return compileCollected(
    type,
    collectFields(schema, fragments, conditions, type, selectionSet),
    surroundings,
  );
}

/** Compiles what `nodes` together ask of the objects that they are. */
function compileSubfields(
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  surroundings: FieldSurroundings,
): CompiledField[] {
  const { operation, conditions } = surroundings;
  const { schema, fragments } = operation;
  return compileCollected(
    type,
    collectSubfields(schema, fragments, conditions, type, [...nodes]),
    surroundings,
  );
}

function compileCollected(
  type: GraphQLObjectType,
  collected: ReadonlyMap<string, readonly FieldNode[]>,
  surroundings: FieldSurroundings,
): CompiledField[] {
  return [...collected].map(([key, nodes]) => compileField(type, key, nodes, surroundings));
}

/** Executes fields at once (https://spec.graphql.org/October2021/#sec-Normal-and-Serial-Execution). */
export function executeTogether(fields: readonly CompiledField[]): ExecuteFields {
  const blank = blankAnswer(fields);
  return (execution, source, path) => {
    const answer = blank();
    let pending: string[] | undefined;
    try {
      for (const { key, execute } of fields) {
        const value = execute(execution, source, path);
        answer[key] = value;
        if (isPromise(value)) {
          pending ??= [];
          pending.push(key);
        }
      }
    } catch (error) {
      if (!pending) throw error;
      // The others may fail too, and somebody must hear of it.
      return settle(answer, pending).finally(() => {
        throw error;
      });
    }
    return pending ? settle(answer, pending) : answer;
  };
}

/** The answer, when the values under these keys of it have come. */
function settle(answer: Values, pending: readonly string[]): Promise<Values> {
  const [only] = pending;
  if (only !== undefined && pending.length === 1) {
    return (answer[only] as Promise<unknown>).then((value) => {
      answer[only] = value;
      return answer;
    });
  }
  return Promise.all(pending.map((key) => answer[key])).then((values) => {
    pending.forEach((key, index) => {
      answer[key] = values[index];
    });
    return answer;
  });
}

/** Executes fields one after the other, as those of a mutation are. */
export function executeInOrder(fields: readonly CompiledField[]): ExecuteFields {
  const blank = blankAnswer(fields);
  return async (execution, source, path) => {
    const answer = blank();
    for (const { key, execute } of fields) answer[key] = await execute(execution, source, path);
    return answer;
  };
}

/** An alias may be `__proto__`, which is a key like others only where nothing is inherited. */
function blankAnswer(fields: readonly CompiledField[]): () => Record<string, unknown> {
  return fields.some(({ key }) => key === '__proto__') ? () => Object.create(null) : () => ({});
}

function compileField(
  parentType: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
  surroundings: FieldSurroundings,
): CompiledField {
  const { operation } = surroundings;
  const definition = definitionOf(parentType, nodes, operation);
  if (definition === TypeNameMetaFieldDef) return { key, execute: () => parentType.name };
  const field: CompletedField = {
    name: `${parentType.name}.${definition.name}`,
    nodes,
    operation,
    compileFields: (type) => executeTogether(compileSubfields(type, nodes, surroundings)),
    readInfo: (execution, path) => ({
      fieldName: definition.name,
      fieldNodes: nodes,
      returnType: definition.type,
      parentType,
      path: fieldOf(path),
      schema: operation.schema,
      fragments: operation.fragments,
      rootValue: operation.rootValue,
      operation: operation.operation,
      variableValues: execution.variableValues,
    }),
  };
  const execute = compileExecution(key, definition, parentType, field);
  return { key, execute: definition.resolve ? execute : compileLeafRead(definition, execute) };
}

/** The field that a place is, or is an item of. */
function fieldOf(path: FieldPath): Path {
  let place = path as Path;
  while (typeof place.key === 'number') place = place.prev as Path;
  return place;
}

function definitionOf(
  parentType: GraphQLObjectType,
  [node]: readonly FieldNode[],
  { schema }: OperationInfo,
): GraphQLField<unknown, unknown> {
  const name = node?.name.value ?? '';
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (parentType === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  const definition = parentType.getFields()[name];
  // Operations are validated before they are compiled.
  if (!definition) throw new Error(`${parentType.name} has no field "${name}"`);
  return definition;
}

function compileExecution(
  key: string,
  definition: GraphQLField<unknown, unknown>,
  { name: typename }: GraphQLObjectType,
  field: CompletedField,
): CompiledField['execute'] {
  const resolve = compileResolve(definition, field);
  const complete = compileCompletion(definition.type, field);
  const isNullable = !isNonNullType(definition.type);

  return (execution, source, parent) => {
    const path = { prev: parent, key, typename };
    const place = { field, path, isNullable };
    let value: unknown;
    try {
      value = resolve(execution, source, path);
    } catch (error) {
      return answerError(execution, error, place);
    }
    return completeAt(execution, value, complete, place);
  };
}

function compileResolve(
  definition: GraphQLField<unknown, unknown>,
  field: CompletedField,
): (execution: Execution, source: unknown, path: Path) => unknown {
  const { name, resolve = defaultFieldResolver } = definition;
  const readArguments = compileArguments(definition, field.nodes[0] as FieldNode);
  const callResolver = (execution: Execution, source: unknown, path: Path) =>
    resolve(
      source,
      readArguments(execution.variableValues),
      execution.contextValue,
      field.readInfo(execution, path),
    );
  if (definition.resolve) return callResolver;
  // What the default resolver does with anything but a method of the object.
  return (execution, source, path) => {
    if (typeof source !== 'object' || source === null) return callResolver(execution, source, path);
    const value = (source as Values)[name];
    return typeof value === 'function' ? callResolver(execution, source, path) : value;
  };
}

/** Most fields are a leaf under a name of their object. Whatever else is found there goes the whole way. */
function compileLeafRead(
  { name, type }: GraphQLField<unknown, unknown>,
  execute: CompiledField['execute'],
): CompiledField['execute'] {
  const leaf = isNonNullType(type) ? type.ofType : type;
  if (!isLeafType(leaf)) return execute;
  const isNullable = leaf === type;
  return (execution, source, parent) => {
    if (typeof source === 'object' && source !== null) {
      const value = (source as Values)[name];
      if (value === null && isNullable) return null;
      if (
        typeof value === 'string' ||
        typeof value === 'number' ||
        typeof value === 'boolean' ||
        value instanceof Date
      ) {
        try {
          return serialize(leaf, value);
        } catch {
          // Fails in the same way on the other, where the error is told.
        }
      }
    }
    return execute(execution, source, parent);
  };
}

/** Arguments that no variable is in are the same for all. */
function compileArguments(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (variables: Record<string, unknown>) => Record<string, unknown> {
  const read = (variables: Record<string, unknown>) => getArgumentValues(definition, node, variables);
  if (hasVariable(node)) return read;
  try {
    const values = Object.freeze(read({}));
    return () => values;
  } catch {
    // An argument that is wrong fails the field whenever it is executed.
    return read;
  }
}

function hasVariable(node: FieldNode): boolean {
  let isFound = false;
  for (const argument of node.arguments ?? []) {
    visit(argument, {
      [Kind.VARIABLE]: () => {
        isFound = true;
      },
    });
  }
  return isFound;
}
