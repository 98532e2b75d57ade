import { isCustomScalarType, isEnumType, type LeafType } from '@apollo/federation-internals';

/** Whether a subgraph's value, which is not `null`, is one of the type's. What custom scalars mean nobody knows here. */
export type IsValidLeaf = (value: unknown) => boolean;

const builtIn: Record<string, IsValidLeaf> = {
  Boolean: (value) => typeof value === 'boolean',
  Float: (value) => Number.isFinite(value),
  ID: (value) => typeof value === 'string' || isInteger(value),
  Int: isInteger,
  String: (value) => typeof value === 'string',
};

export function leafValidity(type: LeafType): IsValidLeaf {
  if (isCustomScalarType(type)) return () => true;
  if (isEnumType(type)) {
    const values = new Set<unknown>(type.values.map(({ name }) => name));
    return (value) => values.has(value);
  }
  const isValid = builtIn[type.name];
  if (!isValid) throw new Error(`There is no scalar ${type.name}`);
  return isValid;
}

const FIRST_IN_EXPONENTIAL_NOTATION = 1e21;

/** Whether it is written with digits alone. */
function isInteger(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) < FIRST_IN_EXPONENTIAL_NOTATION;
}
