import type { GraphQLError, GraphQLResolveInfo } from 'graphql';
import type { Path } from 'graphql/jsutils/Path';

/** What differs from one execution of a compiled operation to the next. */
export interface Execution {
  readonly contextValue: unknown;
  /** As the operation declares them. */
  readonly variableValues: Record<string, unknown>;
  readonly errors: FieldErrors;
}

/** What every field of an operation is told of it, beside its own. */
export type OperationInfo = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'operation' | 'rootValue'>;

/** A field that is being executed; `undefined` is the whole answer. */
export type FieldPath = Path | undefined;

/**
 * The errors of one execution. A place that became null because of an error takes no more of them: what was below it is
 * not in the answer any longer (https://spec.graphql.org/October2021/#sec-Handling-Field-Errors).
 */
export class FieldErrors {
  readonly all: GraphQLError[] = [];
  readonly #nulled = new Set<FieldPath>();

  add(error: GraphQLError, path: FieldPath): void {
    if (this.#nulled.size > 0 && this.#isNulled(path)) return;
    this.#nulled.add(path);
    this.all.push(error);
  }

  #isNulled(path: FieldPath): boolean {
    for (let place = path; place; place = place.prev) if (this.#nulled.has(place)) return true;
    return this.#nulled.has(undefined);
  }
}
