import {
  buildASTSchema,
  type GraphQLField,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  parse,
} from 'graphql';
import { readSupergraph } from '../../gateway/supergraph';

test('every list of objects says how long it is expected to be', async () => {
  const schema = buildASTSchema(parse(await readSupergraph()), { assumeValidSDL: true });
  const lists = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
    .filter(({ field }) => isListOfObjects(field) && !isSizedByItsParent(field));
  const undescribed = lists.filter(
    ({ field }) => !field.astNode?.directives?.some(({ name }) => name.value === 'listSize'),
  );
  expect(undescribed.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
  expect(lists.length).toBeGreaterThan(15);
});

function isListOfObjects(field: GraphQLField<unknown, unknown>): boolean {
  const type = getNamedType(field.type);
  return (
    isCompositeType(type) && (isListType(getNullableType(field.type)) || type.name.endsWith('Connection'))
  );
}

/** A connection's `edges` have the size that the connection's own `@listSize` gives them. */
function isSizedByItsParent(field: GraphQLField<unknown, unknown>): boolean {
  return field.name === 'edges';
}
