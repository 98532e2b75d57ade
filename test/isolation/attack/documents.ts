import {
  astFromValue,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
  print,
  type ValueNode,
} from 'graphql';

/** A place in an operation's arguments into which a key can be put: `['filter', 'tenantId']`. */
export type ArgumentPath = string[];

/** Every place of the field's arguments, inside of input objects too, that takes an id or a text. */
export function attackablePaths(field: GraphQLField<unknown, unknown>): ArgumentPath[] {
  return field.args.flatMap((argument) => pathsInto(argument.type, [argument.name]));
}

/** Every place of a type of input that takes an id or a text. */
export function pathsInto(type: GraphQLInputType, path: ArgumentPath): ArgumentPath[] {
  const named = getNamedType(type);
  if (isScalarType(named)) return named.name === 'ID' || named.name === 'String' ? [path] : [];
  if (!isInputObjectType(named) || path.length > 3) return [];
  return Object.values(named.getFields()).flatMap((field) => pathsInto(field.type, [...path, field.name]));
}

/** The variables of an operation that calls the field, as `($id: ID!)` and `(id: $id)`. */
export function argumentsOf(field: GraphQLField<unknown, unknown>): { declared: string; passed: string } {
  if (field.args.length === 0) return { declared: '', passed: '' };
  const declared = field.args
    .map(({ name, type, defaultValue }) => {
      const byDefault =
        defaultValue === undefined ? '' : ` = ${print(astFromValue(defaultValue, type) as ValueNode)}`;
      return `$${name}: ${String(type)}${byDefault}`;
    })
    .join(', ');
  const passed = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  return { declared: `(${declared})`, passed: `(${passed})` };
}

/** A document that calls the field and selects `selection` of its answer. */
export function documentOf(
  operation: 'query' | 'mutation',
  field: GraphQLField<unknown, unknown>,
  selection: string,
): string {
  const { declared, passed } = argumentsOf(field);
  return `${operation} Attack${declared} { ${field.name}${passed} ${selection} }`;
}

/** All scalar fields of the type and, through connections and lists, of what it answers. */
export function flatSelection(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return '';
  const edges = named.getFields()['edges'];
  if (!edges) return `{ ${scalarsOf(named)} }`;
  const node = (getNamedType(edges.type) as GraphQLObjectType).getFields()['node'];
  return `{ totalCount edges { cursor node ${node ? flatSelection(node.type) : ''} } }`;
}

/** Each way of at most `hops` fields from one record to another, as a selection with all scalars on the way. */
export function nestedSelections(type: GraphQLOutputType, hops: number): string[] {
  const named = getNamedType(type);
  if (!isObjectType(named)) return [''];
  const edges = named.getFields()['edges'];
  if (edges) {
    const node = (getNamedType(edges.type) as GraphQLObjectType).getFields()['node'];
    return node
      ? nestedSelections(node.type, hops).map((inner) => `{ totalCount edges { node ${inner} } }`)
      : [];
  }
  const links = hops === 0 ? [] : Object.values(named.getFields()).filter(isLink);
  const nested = links.flatMap((link) =>
    nestedSelections(link.type, hops - 1).map(
      (inner) => `{ ${scalarsOf(named)} ${link.name}${firstFew(link)} ${inner} }`,
    ),
  );
  return nested.length > 0 ? nested : [`{ ${scalarsOf(named)} }`];
}

function isLink(field: GraphQLField<unknown, unknown>): boolean {
  return isObjectType(getNamedType(field.type)) && !field.args.some(isRequiredArgument);
}

function firstFew(field: GraphQLField<unknown, unknown>): string {
  return field.args.some(({ name }) => name === 'first') ? '(first: 2)' : '';
}

function scalarsOf(type: GraphQLObjectType): string {
  const scalars = Object.values(type.getFields()).filter(({ type: of }) => !isObjectType(getNamedType(of)));
  return ['__typename', ...scalars.map(({ name }) => name)].join(' ');
}

/** The variables with `value` put at the path, as a list where the place is one. */
export function withValueAt(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  variables: Record<string, unknown>,
  path: ArgumentPath,
  value: string,
): Record<string, unknown> {
  const [head = '', ...rest] = path;
  const argument = field.args.find(({ name }) => name === head);
  if (!argument) throw new Error(`${field.name} has no argument ${head}`);
  return { ...variables, [head]: placed(argument.type, variables[head], rest, value) };

  function placed(type: GraphQLInputType, present: unknown, way: ArgumentPath, leaf: string): unknown {
    const bare = isNonNullType(type) ? type.ofType : type;
    if (isListType(bare)) {
      const [first] = Array.isArray(present) ? present : [];
      return [placed(bare.ofType, first, way, leaf)];
    }
    const [next, ...further] = way;
    if (next === undefined) return leaf;
    const input = schema.getType(getNamedType(bare).name);
    if (!isInputObjectType(input)) throw new Error(`${path.join('.')} is no place in an input`);
    const inner = input.getFields()[next];
    if (!inner) throw new Error(`${input.name} has no field ${next}`);
    const object = (present ?? {}) as Record<string, unknown>;
    return { ...object, [next]: placed(inner.type, object[next], further, leaf) };
  }
}
