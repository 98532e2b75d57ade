import {
  type FieldNode,
  type GraphQLField,
  isConstValueNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';

/** Reads what a request's literals and variables say, before anything has checked their types. */
export interface ReadValue {
  value(node: ValueNode): unknown;
  /** The value at `argument` or at `argument.field.field`: as given, or else by the argument's default. */
  atPath(node: FieldNode, field: GraphQLField<unknown, unknown>, path: string): unknown;
  /** Whether `@skip` or `@include` surely leaves the selection out. */
  isLeftOut(selection: SelectionNode): boolean;
  /** Whether something that was read so far is told by variables, and so another time may be another. */
  hasReadVariables(): boolean;
}

/** A reader for one operation with its variables; an absent variable has the default that the operation declares. */
export function createValueReader(
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): ReadValue {
  const known: Record<string, unknown> = Object.create(null);
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (Object.hasOwn(variables, name)) known[name] = variables[name];
    else if (defaultValue) known[name] = valueFromASTUntyped(defaultValue);
  }
  let hasReadVariables = false;
  const value = (node: ValueNode): unknown => {
    hasReadVariables ||= !isConstValueNode(node);
    return valueFromASTUntyped(node, known);
  };

  return {
    value,
    hasReadVariables: () => hasReadVariables,
    atPath(node, field, path) {
      const [name, ...rest] = path.split('.');
      const given = node.arguments?.find((argument) => argument.name.value === name);
      const start = given ? value(given.value) : undefined;
      const byDefault = field.args.find((argument) => argument.name === name)?.defaultValue;
      return rest.reduce<unknown>(
        (within, key) =>
          typeof within === 'object' && within !== null && Object.hasOwn(within, key)
            ? (within as Record<string, unknown>)[key]
            : undefined,
        start === undefined ? byDefault : start,
      );
    },
    isLeftOut(selection) {
      return (selection.directives ?? []).some((directive) => {
        const leavesOutWhen = { skip: true, include: false }[directive.name.value];
        const condition = directive.arguments?.find((argument) => argument.name.value === 'if');
        return (
          leavesOutWhen !== undefined && condition !== undefined && value(condition.value) === leavesOutWhen
        );
      });
    },
  };
}
