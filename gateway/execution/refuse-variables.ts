import {
  coerceInputValue,
  GraphQLError,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import type { FieldProblem } from '../../shared/errors/coded-error';
import type { Variables } from './execution';

/**
 * What is wrong with the variables that came for an operation; `null` where nothing is. Each error has GraphQL's own
 * sentence, and the place of the value in `extensions.fields`, as other errors of input have it.
 */
export function refuseVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  sent: Variables,
): readonly GraphQLError[] | null {
  if (variableDefinitions.length === 0) return null;
  const { errors } = getVariableValues(schema, variableDefinitions, sent);
  if (!errors) return null;
  // GraphQL says where a value stands in its sentence alone. It goes by the definitions in their order, as this does.
  const problems = variableDefinitions.flatMap((definition) => problemsOf(schema, definition, sent));
  return errors.map(({ message, nodes, originalError }, index) => {
    const problem = problems[index];
    return new GraphQLError(message, {
      nodes,
      originalError,
      extensions: problem && { fields: [problem] },
    });
  });
}

/** One problem for each error that GraphQL has of the variable. None of them names what the schema has beside it. */
function problemsOf(
  schema: GraphQLSchema,
  { variable, type: typeNode, defaultValue }: VariableDefinitionNode,
  sent: Variables,
): FieldProblem[] {
  const name = variable.name.value;
  const type = typeFromAST(schema, typeNode);
  const problem = (steps: readonly (string | number)[], message: string): FieldProblem => ({
    path: [`$${name}`, ...steps].join('.'),
    constraint: 'type',
    message,
  });
  if (!isInputType(type)) return [problem([], 'is of no type of input')];
  const isLeftOut = !Object.hasOwn(sent, name);
  if (isLeftOut && defaultValue) return [];
  if (isLeftOut || sent[name] === null) {
    return isNonNullType(type)
      ? [problem([], `must be given, and not be null: it is of the type ${type}`)]
      : [];
  }
  const problems: FieldProblem[] = [];
  coerceInputValue(
    sent[name],
    type,
    (path, _value, error) => void problems.push(problem(path, error.message)),
    true,
  );
  return problems;
}
