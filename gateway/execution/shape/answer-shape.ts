import type { Operation } from '@apollo/federation-internals';
import type { GraphQLError } from 'graphql';
import { createConditionCases } from '../../../shared/graphql/condition-cases';
import type { Variables } from '../execution';
import type { GraphObject } from '../graph-object';
import type { CompileIntrospection } from '../introspection';
import { conditionVariables, type ShapedType } from './collect-fields';
import { type CompleteObject, compileObject } from './complete-object';
import { EXPLAINED_NULL, type Shaping } from './completion';

/** An answer in the words of its document, and what the subgraphs answered against the schema. */
export interface ShapedAnswer {
  data: GraphObject | null;
  errors: GraphQLError[];
}

export type ShapeAnswer = (data: GraphObject, variables: Variables) => ShapedAnswer;

/**
 * Compiles what makes an operation's answer of the merged answers of the subgraphs: its fields and no others, in its
 * order and under its aliases, with `null` for what is of another kind than the schema's, and passed on as that demands.
 */
export function compileAnswerShape(
  operation: Operation,
  compileIntrospection: CompileIntrospection,
): ShapeAnswer {
  const rootType = operation.schema().schemaDefinition.rootType(operation.rootKind);
  if (!rootType) throw new Error(`The schema has no ${operation.rootKind}`);
  const shaped: ShapedType = { type: rootType, isNamed: false };
  const shapeFor = createConditionCases<CompleteObject>(
    conditionVariables(operation.selectionSet),
    (conditions) => compileObject([operation.selectionSet], shaped, { conditions, compileIntrospection }),
  );

  return (data, variables) => {
    const shaping: Shaping = { variables, path: [], errors: [] };
    const completed = shapeFor(variables)(data, shaping);
    // Anything but the symbol is the object that `compileObject` makes.
    return { data: completed === EXPLAINED_NULL ? null : (completed as GraphObject), errors: shaping.errors };
  };
}
