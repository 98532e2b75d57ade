import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from './fragments';
import { publicMutations } from './public-mutations';

/** How large a document is with every fragment written out where it is spread. */
export interface DocumentSize {
  /** Fields inside of each other. What lies below `__schema` and `__type` is not counted. */
  depth: number;
  aliases: number;
  directives: number;
  /** Fields and inline fragments, counted each time that a spread repeats them. */
  selections: number;
  /** Names in the answer at the top of an operation: fields that are selected under one name several times are one. */
  rootFields: number;
  /** Mutations at the top of an operation that anyone may send. */
  publicMutations: number;
}

/** Beyond any limit, and small enough that sums of a document's tokens stay exact. */
const SATURATED = 1e9;

/** Selections that are read to count names; beyond these each field counts for one. */
const MAX_READ_FOR_KEYS = 10_000;

const EMPTY: DocumentSize = {
  depth: 0,
  aliases: 0,
  directives: 0,
  selections: 0,
  rootFields: 0,
  publicMutations: 0,
};

/**
 * Measures each operation, and each fragment as if it were one, and takes the largest of each number. A fragment is
 * measured once however often it is spread, so the time is linear in the document while the numbers may be
 * exponential; they saturate. Fragments that are missing or spread themselves count as empty: validation refuses them.
 */
export function measureDocument(document: DocumentNode): DocumentSize {
  const fragments = fragmentsOf(document);
  const measured = new Map<string, DocumentSize>();
  const countResponseKeys = createResponseKeyCount(fragments);

  function sizeOfFragment(name: string): DocumentSize {
    const known = measured.get(name);
    if (known) return known;
    const fragment = fragments.get(name);
    if (!fragment) return EMPTY;
    measured.set(name, EMPTY);
    const size = withDirectives(sizeOfSet(fragment.selectionSet), fragment.directives?.length);
    measured.set(name, size);
    return size;
  }

  function sizeOfSet(set: SelectionSetNode): DocumentSize {
    return set.selections.map(sizeOfSelection).reduce(sum, EMPTY);
  }

  function sizeOfSelection(selection: SelectionNode): DocumentSize {
    const directives = selection.directives?.length;
    if (selection.kind === Kind.FRAGMENT_SPREAD)
      return withDirectives(sizeOfFragment(selection.name.value), directives);
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const size = withDirectives(sizeOfSet(selection.selectionSet), directives);
      return { ...size, selections: size.selections + 1 };
    }
    const name = selection.name.value;
    const below = selection.selectionSet ? sizeOfSet(selection.selectionSet) : EMPTY;
    return {
      depth: isIntrospection(name) ? 1 : below.depth + 1,
      aliases: below.aliases + (selection.alias ? 1 : 0),
      directives: below.directives + (directives ?? 0),
      selections: below.selections + 1,
      rootFields: 1,
      publicMutations: publicMutations.has(name) ? 1 : 0,
    };
  }

  return document.definitions
    .map((definition) => {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        const size = sizeOfFragment(definition.name.value);
        const isOfSchema = definition.typeCondition.name.value.startsWith('__');
        return { ...size, depth: isOfSchema ? 0 : size.depth, rootFields: 0, publicMutations: 0 };
      }
      if (definition.kind !== Kind.OPERATION_DEFINITION) return EMPTY;
      const size = sizeOfSet(definition.selectionSet);
      const ofVariables = (definition.variableDefinitions ?? []).flatMap(
        ({ directives }) => directives ?? [],
      );
      const isMutation = definition.operation === OperationTypeNode.MUTATION;
      return {
        ...withDirectives(size, (definition.directives?.length ?? 0) + ofVariables.length),
        rootFields: countResponseKeys(definition.selectionSet) ?? size.rootFields,
        publicMutations: isMutation ? size.publicMutations : 0,
      };
    })
    .reduce(largest, EMPTY);
}

/**
 * Counts the names under which a selection set is answered. A fragment is read once for each set; `null` once more was read
 * than any honest document has, because many operations may spread one large fragment.
 */
function createResponseKeyCount(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  let read = 0;
  return (top: SelectionSetNode): number | null => {
    const keys = new Set<string>();
    const spread = new Set<string>();
    function collect({ selections }: SelectionSetNode): void {
      for (const selection of selections) {
        read += 1;
        if (read > MAX_READ_FOR_KEYS) return;
        if (selection.kind === Kind.FIELD) keys.add((selection.alias ?? selection.name).value);
        else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment) collect(fragment.selectionSet);
        }
      }
    }
    collect(top);
    return read > MAX_READ_FOR_KEYS ? null : keys.size;
  };
}

function isIntrospection(field: string): boolean {
  return field === '__schema' || field === '__type';
}

function withDirectives(size: DocumentSize, directives = 0): DocumentSize {
  return directives === 0 ? size : { ...size, directives: Math.min(SATURATED, size.directives + directives) };
}

function sum(one: DocumentSize, other: DocumentSize): DocumentSize {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: Math.min(SATURATED, one.aliases + other.aliases),
    directives: Math.min(SATURATED, one.directives + other.directives),
    selections: Math.min(SATURATED, one.selections + other.selections),
    rootFields: Math.min(SATURATED, one.rootFields + other.rootFields),
    publicMutations: Math.min(SATURATED, one.publicMutations + other.publicMutations),
  };
}

function largest(one: DocumentSize, other: DocumentSize): DocumentSize {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: Math.max(one.aliases, other.aliases),
    directives: Math.max(one.directives, other.directives),
    selections: Math.max(one.selections, other.selections),
    rootFields: Math.max(one.rootFields, other.rootFields),
    publicMutations: Math.max(one.publicMutations, other.publicMutations),
  };
}
