import { type DocumentNode, type GraphQLError, Kind, visit } from 'graphql';
import { refusal } from './refusal';

/**
 * The refusal of an operation whose `@skip` or `@include` is decided by a variable that is `null`. A default lets such a
 * document through validation (GraphQL specification, "All Variable Usages Are Allowed"), and then planner and executor
 * fail at it. `null` when there is none.
 */
export function refuseNullConditions(
  document: DocumentNode,
  variables: Record<string, unknown>,
): GraphQLError | null {
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
  return (
    found &&
    refusal('BAD_USER_INPUT', `The variable $${found} decides a @skip or @include, so it must not be null`)
  );
}
