import {
  type CompositeType,
  isCompositeType,
  isListType,
  isNonNullType,
  type LeafType,
  type OutputType,
} from '@apollo/federation-internals';
import { type Complete, describePlace, EXPLAINED_NULL, invalid, NOT_NULLABLE, tell } from './completion';
import { leafValidity } from './leaf-values';

/** What a value is part of. */
export interface ValueSite {
  /** The type whose field it is; errors speak of it. */
  parentType: CompositeType;
  /** Compiles objects of the field. */
  completeObject: (type: CompositeType) => Complete;
}

/** Compiles what the schema says of a value: which `null` passes to what is around it, and which values are none. */
export function compileValue(type: OutputType, site: ValueSite): Complete {
  if (isNonNullType(type)) return nonNull(type.ofType, compileValue(type.ofType, site), site);
  if (isListType(type)) return list(type, compileValue(type.ofType, site), site);
  if (isCompositeType(type)) return nullable(site.completeObject(type));
  return leaf(type, site);
}

function nonNull(type: OutputType, complete: Complete, { parentType }: ValueSite): Complete {
  return (value, shaping) => {
    const completed = complete(value, shaping);
    if (completed === EXPLAINED_NULL) return NOT_NULLABLE;
    if (completed !== null) return completed;
    tell(shaping, `Cannot return null for non-nullable ${describePlace(shaping, type, parentType)}.`);
    return NOT_NULLABLE;
  };
}

function nullable(complete: Complete): Complete {
  return (value, shaping) => (value === null ? null : complete(value, shaping));
}

function list(type: OutputType, completeElement: Complete, { parentType }: ValueSite): Complete {
  return (value, shaping) => {
    if (value === null) return null;
    if (!Array.isArray(value)) return invalid(shaping, type, parentType);
    const completed: unknown[] = new Array(value.length);
    const { path } = shaping;
    let isNull = false;
    for (let index = 0; index < value.length; index += 1) {
      path.push(index);
      const element = completeElement(value[index] ?? null, shaping);
      path.pop();
      if (element === NOT_NULLABLE) isNull = true;
      completed[index] = element === EXPLAINED_NULL ? null : element;
    }
    return isNull ? EXPLAINED_NULL : completed;
  };
}

function leaf(type: LeafType, { parentType }: ValueSite): Complete {
  const isValid = leafValidity(type);
  return (value, shaping) => {
    return value === null || isValid(value) ? value : invalid(shaping, type, parentType);
  };
}
