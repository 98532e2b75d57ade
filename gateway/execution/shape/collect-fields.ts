import {
  type CompositeType,
  type FieldSelection,
  isSubtype,
  type Selection,
  type SelectionSet,
  Variable,
} from '@apollo/federation-internals';
import type { Conditions } from '../../../shared/graphql/condition-cases';

/** One field of an object that is answered, joined from every place where it is selected. */
export interface CollectedField {
  /** Its name in the answer. */
  key: string;
  /** Where it is selected first. */
  selection: FieldSelection;
  /** The type that it is selected on there; errors speak of it. */
  parentType: CompositeType;
  /** What is selected below it; empty for a leaf. */
  selectionSets: SelectionSet[];
}

/** An object for which fields are collected: its type, and whether the answer itself says so. */
export interface ShapedType {
  type: CompositeType;
  isNamed: boolean;
}

/** The fields that `selectionSets` ask of one type, in the order in which they are answered. */
export function collectFields(
  selectionSets: SelectionSet[],
  shaped: ShapedType,
  conditions: Conditions,
): CollectedField[] {
  const collected = new Map<string, CollectedField>();

  function collectFrom(set: SelectionSet, parentType: CompositeType): void {
    for (const selection of set.selections()) {
      if (isSkipped(selection, conditions)) continue;
      if (selection.kind === 'FieldSelection') collectField(selection, parentType);
      else {
        const { typeCondition } = selection.element;
        if (typeCondition && !isSubtype(typeCondition, shaped.isNamed ? shaped.type : parentType)) continue;
        collectFrom(selection.selectionSet, typeCondition ?? parentType);
      }
    }
  }

  function collectField(selection: FieldSelection, parentType: CompositeType): void {
    const key = selection.element.responseName();
    const below = selection.selectionSet ? [selection.selectionSet] : [];
    const field = collected.get(key);
    if (field) field.selectionSets.push(...below);
    else collected.set(key, { key, selection, parentType, selectionSets: below });
  }

  for (const set of selectionSets) collectFrom(set, shaped.type);
  return [...collected.values()];
}

/** The variables that `@skip` and `@include` name anywhere in a selection set, its fragments among it. */
export function conditionVariables(set: SelectionSet): string[] {
  const names = new Set<string>();
  const seen = new Set<SelectionSet>();
  function visit(selections: SelectionSet): void {
    if (seen.has(selections)) return;
    seen.add(selections);
    for (const selection of selections.selections()) {
      for (const value of [conditionOf(selection, 'skip'), conditionOf(selection, 'include')]) {
        if (value instanceof Variable) names.add(value.name);
      }
      if (selection.selectionSet) visit(selection.selectionSet);
    }
  }
  visit(set);
  return [...names];
}

function isSkipped(selection: Selection, conditions: Conditions): boolean {
  return (
    holds(conditionOf(selection, 'skip'), conditions) === true ||
    holds(conditionOf(selection, 'include'), conditions) === false
  );
}

function holds(condition: unknown, conditions: Conditions): unknown {
  return condition instanceof Variable ? conditions[condition.name] : condition;
}

function conditionOf({ element }: Selection, directive: 'skip' | 'include'): unknown {
  const [applied] = element.appliedDirectivesOf(directive);
  return applied?.arguments()['if'];
}
