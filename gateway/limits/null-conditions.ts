import { type DocumentNode, type GraphQLError, Kind, visit } from 'graphql';
import { refusal } from './refusal';

/**
 * The variable that is `null` and decides a `@skip` or `@include`, or `null` when there is none. A default lets such a
 * document through validation (GraphQL specification, "All Variable Usages Are Allowed"), and then planner and executor
 * fail at it.
 */
export function nullCondition(document: DocumentNode, variables: Record<string, unknown>): string | null {
  if (!Object.values(variables).includes(null)) return null;
  let found: string | null = null;
  visit(document, {
    Directive({ name, arguments: args }) {
      const condition = args?.find((argument) => argument.name.value === 'if')?.value;
      const decides = name.value === 'skip' || name.value === 'include';
      if (!decides || condition?.kind !== Kind.VARIABLE) return;
      if (variables[condition.name.value] === null) found = condition.name.value;
    },
  });
  return found;
}

/** The refusal of an operation with such a variable. */
export function refuseNullCondition(
  document: DocumentNode,
  variables: Record<string, unknown>,
): GraphQLError | null {
  const name = nullCondition(document, variables);
  const message = `The variable $${name} decides a @skip or @include, so it must not be null`;
  return name === null ? null : refusal('BAD_USER_INPUT', message);
}
