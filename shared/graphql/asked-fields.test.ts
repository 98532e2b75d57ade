import { buildSchema, graphql } from 'graphql';
import { type AskedOf, askedFields, askedOfConnection } from './asked-fields';

const schema = buildSchema(`
  type Query { list: List }
  type List { totalCount: Int edges: [Edge] }
  type Edge { cursor: String node: Node }
  type Node { id: ID name: String friend: Node }`);

async function askedBy(source: string): Promise<{ isCounted: boolean; fields: string[]; below: string[] }> {
  const infos: AskedOf[] = [];
  const { errors } = await graphql({
    schema,
    source,
    rootValue: { list: (_args: unknown, _context: unknown, info: AskedOf) => void infos.push(info) },
  });
  const [info] = infos;
  if (errors || !info) throw new Error(`Nothing was asked: ${errors}`);
  const { isCounted, fields } = askedOfConnection(info);
  // A second look answers from memory.
  expect(askedOfConnection(info)).toEqual({ isCounted, fields });
  return { isCounted, fields: [...fields].sort(), below: [...askedFields(info, 'edges', 'node', 'friend')] };
}

test.each([
  ['{ list { edges { node { id } } } }', { isCounted: false, fields: ['id'], below: [] }],
  ['{ list { totalCount } }', { isCounted: true, fields: [], below: [] }],
  [
    '{ list { edges { node { __typename other: name friend { id } } } } }',
    { isCounted: false, fields: ['friend', 'name'], below: ['id'] },
  ],
  [
    '{ list { ...A } } fragment A on List { totalCount edges { ... on Edge { node { ...B } } } } fragment B on Node { name }',
    { isCounted: true, fields: ['name'], below: [] },
  ],
  [
    '{ list { edges { node { id } } } list { totalCount edges { node { name } } } }',
    { isCounted: true, fields: ['id', 'name'], below: [] },
  ],
  [
    '{ list { edges { a: node { id } node { name } } totalCount @skip(if: true) } }',
    { isCounted: true, fields: ['id', 'name'], below: [] },
  ],
])('%s asks for its fields, whatever way they are written', async (source, expected) => {
  expect(await askedBy(source)).toEqual(expected);
});
