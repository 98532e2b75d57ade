import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { packageRoot } from '../shared/package-root';
import { changesSinceRelease, releaseFile } from './release';
import { findSchemaChanges } from './schema-changes';

const released = `
  type Query { open: Int, thing(id: ID!): Thing @requiresScopes(scopes: [["a"]]) }
  type Thing { id: ID!, name: String, kind: Kind }
  enum Kind { ONE }
`;

test('the graph breaks nothing of the last release', async () => {
  expect((await changesSinceRelease()).breaking).toEqual([]);
});

test('the last release knows policies', async () => {
  const sdl = await readFile(path.join(packageRoot, releaseFile), 'utf8');
  const bare = sdl.replaceAll(/ *@requiresScopes\(scopes: [^)]*\)/g, '');
  const { breaking } = findSchemaChanges(bare, sdl);
  expect(breaking).toContain('Tenant needs the scope tenant:read; in the last release it needed nothing.');
  expect(findSchemaChanges(sdl, bare).breaking).toEqual([]);
});

test('the same schema has no changes', () => {
  expect(findSchemaChanges(released, released)).toEqual({ breaking: [], dangerous: [] });
});

test.each([
  ['a field that went', 'name: String, ', '', 'Thing.name was removed.'],
  ['another type', 'name: String', 'name: Int', 'Thing.name changed type from String to Int.'],
  [
    'a required argument',
    'thing(id: ID!)',
    'thing(id: ID!, of: Int!)',
    'A required arg of on Query.thing was added.',
  ],
  [
    'a field that was open',
    'open: Int',
    'open: Int @authenticated',
    'Query.open needs a token; in the last release it needed nothing.',
  ],
  [
    'a field that asks for one scope more',
    '[["a"]]',
    '[["a", "b"]]',
    'Query.thing needs the scopes a and b; in the last release it needed the scope a.',
  ],
  [
    'a type that asks for a scope, in one line for its fields and those that return it',
    'type Thing',
    'type Thing @requiresScopes(scopes: [["b"]])',
    'Thing needs the scope b; in the last release it needed nothing.',
  ],
])('%s breaks', (_title, before, after, sentence) => {
  expect(findSchemaChanges(released, released.replace(before, after)).breaking).toEqual([sentence]);
});

test('a policy that moves from a type to its fields breaks nothing', () => {
  const policy = '@requiresScopes(scopes: [["a"]])';
  const onType = `type Query { things: Int } type Thing ${policy} { id: ID!, name: String }`;
  const onFields = `type Query { things: Int } type Thing { id: ID! ${policy}, name: String ${policy} }`;
  expect(findSchemaChanges(onType, onFields)).toEqual({ breaking: [], dangerous: [] });
  expect(findSchemaChanges(onFields, onType)).toEqual({ breaking: [], dangerous: [] });
});

test.each([
  ['a value that callers may not expect', 'ONE', 'ONE TWO', 'TWO was added to enum type Kind.'],
  [
    'a field that answers more callers',
    '[["a"]]',
    '[["a"], ["b"]]',
    'Query.thing needs the scope a, or b; in the last release it needed the scope a.',
  ],
])('%s is a note', (_title, before, after, sentence) => {
  const changes = findSchemaChanges(released, released.replace(before, after));
  expect(changes).toEqual({ breaking: [], dangerous: [sentence] });
});

test('a field that is new, with a policy or without, breaks nothing', () => {
  const current = released.replace('open: Int', 'open: Int, fresh: Int, closed: Int @authenticated');
  expect(findSchemaChanges(released, current)).toEqual({ breaking: [], dangerous: [] });
});
