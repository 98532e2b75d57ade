import {
  type CompositeType,
  isCompositeType,
  isObjectType,
  type SelectionSet,
} from '@apollo/federation-internals';
import type { Conditions } from '../../../shared/graphql/condition-cases';
import { type GraphObject, isGraphObject, setOwn, typenameOf } from '../graph-object';
import type { CompileIntrospection } from '../introspection';
import { type CollectedField, collectFields, type ShapedType } from './collect-fields';
import { compileValue } from './complete-value';
import {
  type Complete,
  describePlace,
  EXPLAINED_NULL,
  invalid,
  NOT_NULLABLE,
  type Shaping,
  tell,
} from './completion';

/** What one shape of a document is compiled by. */
export interface ShapeSurroundings {
  conditions: Conditions;
  compileIntrospection: CompileIntrospection;
}

/** Answers an object, or `EXPLAINED_NULL` where a field of it must not be null and is. */
export type CompleteObject = (object: GraphObject, shaping: Shaping) => unknown;

/** Answers one field of an object. */
type CompleteField = (object: GraphObject, shaping: Shaping) => unknown;

/** Compiles objects that are declared as `declared`; each type that one turns out to have is compiled when it first does. */
export function compileObjectsOf(
  declared: CompositeType,
  selectionSets: SelectionSet[],
  parentType: CompositeType,
  surroundings: ShapeSurroundings,
): Complete {
  const compiled = new Map<string | undefined, CompleteObject>();

  function compileFor(typename: string | undefined): CompleteObject | null {
    const type = typename === undefined ? declared : declared.schema().type(typename);
    if (!type || !isCompositeType(type)) return null;
    const complete = compileObject(selectionSets, { type, isNamed: typename !== undefined }, surroundings);
    compiled.set(typename, complete);
    return complete;
  }

  return (value, shaping) => {
    if (!isGraphObject(value)) return invalid(shaping, declared, parentType);
    const typename = typenameOf(value);
    const complete = compiled.get(typename) ?? compileFor(typename);
    if (complete) return complete(value, shaping);
    tell(shaping, `Invalid __typename found for object at ${describePlace(shaping, declared, parentType)}.`);
    return EXPLAINED_NULL;
  };
}

/** Compiles objects of one type. */
export function compileObject(
  selectionSets: SelectionSet[],
  shaped: ShapedType,
  surroundings: ShapeSurroundings,
): CompleteObject {
  const fields = collectFields(selectionSets, shaped, surroundings.conditions).map((field) => ({
    key: field.key,
    complete: compileField(field, surroundings),
  }));
  return (object, shaping) => {
    const completed: GraphObject = {};
    for (const { key, complete } of fields) {
      const value = complete(object, shaping);
      if (value === NOT_NULLABLE) return EXPLAINED_NULL;
      setOwn(completed, key, value === EXPLAINED_NULL ? null : value);
    }
    return completed;
  };
}

function compileField(field: CollectedField, surroundings: ShapeSurroundings): CompleteField {
  const { key, selection, parentType, selectionSets } = field;
  const { definition } = selection.element;
  if (definition.isSchemaIntrospectionField()) {
    const introspect = surroundings.compileIntrospection(key);
    return (_object, { variables }) => introspect(variables);
  }
  const read = compileAccess(key);
  if (definition.name === '__typename') return compileTypename(read, parentType);
  if (!definition.type) throw new Error(`${definition.coordinate} has no type`);
  const complete = compileValue(definition.type, {
    parentType,
    completeObject: (type) => compileObjectsOf(type, selectionSets, parentType, surroundings),
  });
  return (object, shaping) => {
    shaping.path.push(key);
    const value = complete(read(object), shaping);
    shaping.path.pop();
    return value;
  };
}

/** Reads an own value, `null` where there is none. */
function compileAccess(key: string): (object: GraphObject) => unknown {
  if (key in Object.prototype) return (object) => (Object.hasOwn(object, key) ? object[key] : null) ?? null;
  return (object) => object[key] ?? null;
}

/** The type's name as subgraphs say it, or else as it is selected. Where neither is an object's, the object is null. */
function compileTypename(read: (object: GraphObject) => unknown, parentType: CompositeType): CompleteField {
  const schema = parentType.schema();
  const selectedOn = isObjectType(parentType) ? parentType.name : NOT_NULLABLE;
  return (object) => {
    const named = read(object) ?? object['__typename'];
    const type = typeof named === 'string' ? schema.type(named) : undefined;
    if (!type) return selectedOn;
    return isObjectType(type) ? type.name : NOT_NULLABLE;
  };
}
