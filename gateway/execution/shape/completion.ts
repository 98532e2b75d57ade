import { ERRORS } from '@apollo/federation-internals';
import type { GraphQLError } from 'graphql';
import type { Variables } from '../execution';

/** One answer while it is shaped. */
export interface Shaping {
  readonly variables: Variables;
  /** Where in the answer the value stands that is looked at. */
  readonly path: (string | number)[];
  /** What the subgraphs answered against the schema. */
  readonly errors: GraphQLError[];
}

/** `null` stands there in the answer, and an error says why. */
export const EXPLAINED_NULL = Symbol('null with its error');
/** There may be no `null` here, so it passes to what is around it. */
export const NOT_NULLABLE = Symbol('null for a value that must not be null');

/** Makes the answer's value of the subgraphs' value, `null` where there is none. May answer one of the two symbols. */
export type Complete = (value: unknown, shaping: Shaping) => unknown;

/** Records an error at the value that is looked at. */
export function tell(shaping: Shaping, message: string): void {
  shaping.errors.push(ERRORS.INVALID_GRAPHQL.err(message, { path: [...shaping.path] }));
}

/** The value's place in words: `field Tenant.name`, or `array element of type Club at index 3`. */
export function describePlace({ path }: Shaping, type: unknown, parentType: unknown): string {
  const last = path.at(-1);
  return typeof last === 'string'
    ? `field ${parentType}.${last}`
    : `array element of type ${type} at index ${last}`;
}

/** Records that the value is none of its type, and answers what then stands for it. */
export function invalid(shaping: Shaping, type: unknown, parentType: unknown): typeof EXPLAINED_NULL {
  tell(shaping, `Invalid value found for ${describePlace(shaping, type, parentType)}.`);
  return EXPLAINED_NULL;
}
