import {
  defaultTypeResolver,
  type FieldNode,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  locatedError,
  responsePathAsArray,
} from 'graphql';
import { inspect } from 'graphql/jsutils/inspect';
import { isIterableObject } from 'graphql/jsutils/isIterableObject';
import { isPromise } from 'graphql/jsutils/isPromise';
import type { PromiseOrValue } from 'graphql/jsutils/PromiseOrValue';
import type { Execution, FieldPath, OperationInfo } from './execution';

/** Makes what a field answers of what its resolver returned. Throws where that is not of the field's type. */
export type CompleteValue = (
  execution: Execution,
  value: unknown,
  path: FieldPath,
) => PromiseOrValue<unknown>;

/** Answers the fields that are asked of an object. */
export type ExecuteFields = (
  execution: Execution,
  source: unknown,
  path: FieldPath,
) => PromiseOrValue<unknown>;

/** The field whose values are completed. */
export interface CompletedField {
  /** `Type.field`, as errors name it. */
  name: string;
  nodes: readonly FieldNode[];
  operation: OperationInfo;
  /** What a resolver may want to know of the field that is executed at `path`, or of whose list that is an item. */
  readInfo(execution: Execution, path: FieldPath): GraphQLResolveInfo;
  /** Compiles the fields that are asked of it where it is an object of `type`. */
  compileFields(type: GraphQLObjectType): ExecuteFields;
}

/** Compiles the completion of values of one type (https://spec.graphql.org/October2021/#CompleteValue()). */
export function compileCompletion(type: GraphQLOutputType, field: CompletedField): CompleteValue {
  const complete = compileNullable(isNonNullType(type) ? type.ofType : type, field);
  if (!isNonNullType(type)) return complete;
  return (execution, value, path) => {
    const completed = complete(execution, value, path);
    if (completed === null) throw new Error(`Cannot return null for non-nullable field ${field.name}.`);
    return completed;
  };
}

function compileNullable(type: GraphQLOutputType, field: CompletedField): CompleteValue {
  const complete = compileNotNull(type, field);
  return (execution, value, path) => {
    if (value instanceof Error) throw value;
    return value === null || value === undefined ? null : complete(execution, value, path);
  };
}

function compileNotNull(type: GraphQLOutputType, field: CompletedField): CompleteValue {
  if (isLeafType(type)) return (_execution, value) => serialize(type, value);
  if (isListType(type)) return compileList(type.ofType, field);
  if (isObjectType(type)) return compileObject(type, field);
  return compileAbstract(type as GraphQLAbstractType, field);
}

/** Throws where the value is not one of the type. */
export function serialize(type: GraphQLLeafType, value: unknown): unknown {
  const serialized = type.serialize(value);
  if (serialized === null || serialized === undefined) {
    throw new Error(
      `Expected \`${inspect(type)}.serialize(${inspect(value)})\` to ` +
        `return non-nullable value, returned: ${inspect(serialized)}`,
    );
  }
  return serialized;
}

function compileList(itemType: GraphQLOutputType, field: CompletedField): CompleteValue {
  const complete = compileCompletion(itemType, field);
  const isNullable = !isNonNullType(itemType);

  return (execution, list, path) => {
    if (!isIterableObject(list)) {
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${field.name}".`);
    }
    const pending: Promise<unknown>[] = [];
    const completeItem = (item: unknown, index: number) => {
      const itemPath = { prev: path, key: index, typename: undefined };
      const completed = completeAt(execution, item, complete, { field, path: itemPath, isNullable });
      if (isPromise(completed)) pending.push(completed);
      return completed;
    };
    try {
      const items = Array.from(list, completeItem);
      return pending.length > 0 ? Promise.all(items) : items;
    } catch (error) {
      // The others may fail too, and are not answered any more.
      for (const item of pending) item.catch(() => undefined);
      throw error;
    }
  };
}

/** What is asked of an object is compiled when there is one: of nested fragments there may be far more than ever is. */
function compileObject(type: GraphQLObjectType, field: CompletedField): CompleteValue {
  let compiled: ExecuteFields | undefined;
  const execute: ExecuteFields = (execution, value, path) => {
    compiled ??= field.compileFields(type);
    return compiled(execution, value, path);
  };
  const { isTypeOf } = type;
  if (!isTypeOf) return execute;
  const refuse = (value: unknown) => {
    throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`);
  };
  return (execution, value, path) => {
    const isOne = isTypeOf(value, execution.contextValue, field.readInfo(execution, path));
    if (isPromise(isOne)) {
      return isOne.then((settled) => (settled ? execute(execution, value, path) : refuse(value)));
    }
    return isOne ? execute(execution, value, path) : refuse(value);
  };
}

/** Each type that an abstract one turns out to be is compiled when it first does. */
function compileAbstract(type: GraphQLAbstractType, field: CompletedField): CompleteValue {
  const compiled = new Map<unknown, CompleteValue>();
  const resolveType = type.resolveType ?? defaultTypeResolver;
  const completionOf = (typename: unknown, value: unknown) => {
    const known = compiled.get(typename);
    if (known) return known;
    const complete = compileObject(possibleType(type, typename, value, field), field);
    compiled.set(typename, complete);
    return complete;
  };
  return (execution, value, path) => {
    const typename = resolveType(value, execution.contextValue, field.readInfo(execution, path), type);
    return isPromise(typename)
      ? typename.then((settled) => completionOf(settled, value)(execution, value, path))
      : completionOf(typename, value)(execution, value, path);
  };
}

function possibleType(
  type: GraphQLAbstractType,
  typename: unknown,
  value: unknown,
  { name, operation: { schema } }: CompletedField,
): GraphQLObjectType {
  const mustResolve = `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${name}"`;
  const refuse = (message: string): never => {
    throw new GraphQLError(message);
  };
  if (typename === null || typename === undefined) {
    return refuse(
      `${mustResolve}. Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
    );
  }
  if (typeof typename !== 'string') {
    return refuse(`${mustResolve} with value ${inspect(value)}, received "${inspect(typename)}".`);
  }
  const found = schema.getType(typename);
  if (!found) {
    return refuse(
      `Abstract type "${type.name}" was resolved to a type "${typename}" that does not exist inside the schema.`,
    );
  }
  if (!isObjectType(found)) {
    return refuse(`Abstract type "${type.name}" was resolved to a non-object type "${typename}".`);
  }
  if (!schema.isSubType(type, found)) {
    return refuse(`Runtime Object type "${found.name}" is not a possible type for "${type.name}".`);
  }
  return found;
}

/** A place of an answer, where something may go wrong. */
interface Place {
  field: CompletedField;
  path: NonNullable<FieldPath>;
  isNullable: boolean;
}

/** Completes what stands at a place, now or when it has come; what fails is answered as `answerError` does. */
export function completeAt(
  execution: Execution,
  value: unknown,
  complete: CompleteValue,
  place: Place,
): PromiseOrValue<unknown> {
  const fail = (error: unknown) => answerError(execution, error, place);
  if (isPromise(value)) {
    return value.then((settled) => completeAt(execution, settled, complete, place), fail);
  }
  try {
    const completed = complete(execution, value, place.path);
    return isPromise(completed) ? completed.then(undefined, fail) : completed;
  } catch (error) {
    return fail(error);
  }
}

/** Answers null for what failed where there may be null, and passes the error on where there may not. */
export function answerError(execution: Execution, raw: unknown, { field, path, isNullable }: Place): null {
  const error = locatedError(raw, field.nodes, responsePathAsArray(path));
  if (!isNullable) throw error;
  execution.errors.add(error, path);
  return null;
}
