import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/** What a resolver knows of its operation, as far as it is looked at here. */
export type AskedOf = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/** What a query asks of a connection. */
export interface AskedOfConnection {
  isCounted: boolean;
  /** The fields of its nodes. */
  fields: ReadonlySet<string>;
}

/** Operations are parsed once and executed often; what they ask for is read once too. */
const known = new WeakMap<FieldNode, Map<string, ReadonlySet<string>>>();

/**
 * The names of the fields that the operation asks below a resolver's own field, at the end of `path`. Those of all fragments
 * are among them, and those that `@skip` leaves out: a resolver may read more than is answered, but never less.
 */
export function askedFields({ fieldNodes, fragments }: AskedOf, ...path: string[]): ReadonlySet<string> {
  const [node, ...others] = fieldNodes;
  const read = () => {
    let sets = fieldNodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    for (const name of path) {
      sets = fieldsOf(sets, fragments).flatMap((field) =>
        field.name.value === name ? (field.selectionSet ?? []) : [],
      );
    }
    return new Set(fieldsOf(sets, fragments).map((field) => field.name.value));
  };
  if (!node || others.length > 0) return read();
  const byPath = known.get(node) ?? new Map<string, ReadonlySet<string>>();
  known.set(node, byPath);
  const key = path.join('.');
  const fields = byPath.get(key) ?? read();
  byPath.set(key, fields);
  return fields;
}

export function askedOfConnection(info: AskedOf): AskedOfConnection {
  return { isCounted: askedFields(info).has('totalCount'), fields: askedFields(info, 'edges', 'node') };
}

/**
 * The properties that the fields of a row of ours are made of: they have the same names, and `tenant` is told by `tenantId`.
 * `always` are those that a list itself needs.
 */
export function propertiesFor(fields: ReadonlySet<string>, ...always: string[]): Set<string> {
  return new Set([...always, ...[...fields].map((field) => (field === 'tenant' ? 'tenantId' : field))]);
}

/** `__typename` and the like are nothing that a resolver reads. */
function fieldsOf(sets: SelectionSetNode[], fragments: AskedOf['fragments']): FieldNode[] {
  return sets.flatMap(({ selections }) =>
    selections.flatMap((selection): FieldNode[] => {
      if (selection.kind === Kind.FIELD) return selection.name.value.startsWith('__') ? [] : [selection];
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments[selection.name.value]?.selectionSet;
      return inner ? fieldsOf([inner], fragments) : [];
    }),
  );
}
