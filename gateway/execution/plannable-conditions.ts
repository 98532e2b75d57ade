import {
  type BooleanValueNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

/**
 * The document with its `@skip` and `@include` in words that Apollo's planner plans rightly. It takes what all fields of an
 * object are asked by for a condition of the object too, and would leave out a field, even of a mutation, of whose answer a
 * caller excludes everything: such an object is asked for its `__typename`. And it asks subgraphs for what a literal excludes
 * within what a variable includes: it is told nothing of that.
 */
export function withPlannableConditions(document: DocumentNode): DocumentNode {
  const unlessExcluded = (selection: SelectionNode) => (isExcluded(selection) ? null : undefined);
  return visit(document, {
    FragmentSpread: unlessExcluded,
    InlineFragment: unlessExcluded,
    Field: {
      enter: unlessExcluded,
      leave: (field) =>
        isConditional(field) && field.selectionSet && !field.selectionSet.selections.some(isAlwaysAsked)
          ? { ...field, selectionSet: withTypename(field.selectionSet) }
          : undefined,
    },
    SelectionSet: { leave: (set) => (set.selections.length === 0 ? withTypename(set) : undefined) },
  });
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function withTypename(set: SelectionSetNode): SelectionSetNode {
  return { ...set, selections: [...set.selections, typename] };
}

function isAlwaysAsked(selection: SelectionNode): boolean {
  return selection.kind === Kind.FIELD && !isConditional(selection);
}

function isConditional({ directives = [] }: SelectionNode): boolean {
  return directives.some(isCondition);
}

function isExcluded({ directives = [] }: SelectionNode): boolean {
  return directives.some(
    (directive) =>
      isCondition(directive) && literalOf(directive)?.value === (directive.name.value === 'skip'),
  );
}

function isCondition({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include';
}

function literalOf({ arguments: [argument] = [] }: DirectiveNode): BooleanValueNode | undefined {
  return argument?.value.kind === Kind.BOOLEAN ? argument.value : undefined;
}
