import path from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, isObjectType, parse } from 'graphql';
import { publicMutations } from '../../gateway/limits/public-mutations';
import { bothPolicies, declaredPolicy } from '../../shared/graphql/access-policy';
import { fieldPolicy, typePolicy } from '../../shared/graphql/enforce-policies';
import { readTypeDefinitions } from '../../shared/graphql/type-definitions';
import { allRoles, allScopes, isScope, roles } from '../../shared/identity/policy';
import { packageRoot } from '../../shared/package-root';
import { subgraphNames } from '../../shared/subgraph/names';

/** What anyone may call, with the reason. Everything else has a policy. */
const publicFields: Record<string, string> = {
  'Mutation.submitLead': 'a visitor of a tenant’s site leaves a lead and has no token',
  'Query._entities': 'the reference of each entity asks for the policy of its type',
  'Query._service': 'the schema, which is no secret; the gateway does not offer the field',
};

const subgraphs = subgraphNames.map((name) => ({
  name,
  schema: buildSchema(readTypeDefinitions(path.join(packageRoot, 'subgraphs', name))),
}));

test('the gateway lets those mutations through without a token that the SDL leaves open', () => {
  const open = Object.keys(publicFields).filter((name) => name.startsWith('Mutation.'));
  expect([...publicMutations].map((name) => `Mutation.${name}`)).toEqual(open);
});

test('every field of Query, Mutation and every entity has a policy or is public for a reason', () => {
  const open = subgraphs.flatMap(({ schema }) => fieldsWithoutPolicy(schema));
  expect([...new Set(open)].sort()).toEqual(Object.keys(publicFields));
});

test('a field that nobody gave a policy is found', () => {
  const schema = buildSchema(`
    ${LINK}
    type Query { mine: Thing @authenticated, theirs: [Thing!] }
    type Mutation { change: Int }
    type Thing @key(fields: "id") { id: ID! @authenticated, secret: String }
    type Part { anything: Int }
  `);
  expect(fieldsWithoutPolicy(schema)).toEqual([
    'Mutation.change',
    'Query._entities',
    'Query._service',
    'Query.theirs',
    'Thing.secret',
  ]);
});

test('what a subgraph adds to the entity of another asks for a scope of its own', () => {
  const bare = subgraphs.flatMap(({ name, schema }) =>
    entitiesOf(schema)
      .filter((type) => ownerOf(type.name) !== name)
      .flatMap((type) =>
        fieldsOf(type)
          .filter((field) => !isExternal(field) && !isKey(type, field))
          .filter((field) => declaredPolicy(field.astNode) === null)
          .map((field) => `${name}: ${type.name}.${field.name}`),
      ),
  );
  expect(bare).toEqual([]);
});

test('subgraphs that share an entity ask for the same', () => {
  const demanded = new Map<string, Set<string>>();
  for (const type of subgraphs.flatMap(({ schema }) => entitiesOf(schema))) {
    const policies = demanded.get(type.name) ?? new Set();
    demanded.set(type.name, policies.add(JSON.stringify(typePolicy(type))));
  }
  expect([...demanded].filter(([, policies]) => policies.size > 1)).toEqual([]);
  expect([...demanded.keys()]).toContain('Tenant');
});

test('the SDL and the policy file name the same scopes', () => {
  const named = new Set(subgraphs.flatMap(({ schema }) => scopesIn(schema)));
  expect([...named].filter((scope) => !isScope(scope))).toEqual([]);
  expect(allScopes.filter((scope) => !named.has(scope))).toEqual([]);
});

test('a role that has a system’s rows can read who they belong to', () => {
  const blind = allRoles.filter((role) => {
    const scopes: readonly string[] = roles[role].scopes;
    return !scopes.includes('tenant:read') || !scopes.includes('registry:read');
  });
  expect(blind).toEqual([]);
});

test('an auditor writes nothing, and no tenant’s role touches the platform', () => {
  const writes = allScopes.filter((scope) => !scope.endsWith(':read'));
  expect(roles.PLATFORM_AUDITOR.scopes.filter((scope) => writes.includes(scope))).toEqual([]);
  for (const role of allRoles.filter((name) => roles[name].reach === 'tenant')) {
    expect(roles[role].scopes).not.toContain('tenant:write');
    expect(roles[role].scopes).not.toContain('registry:provision');
  }
});

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes"]
)`;

function buildSchema(sdl: string): GraphQLSchema {
  return buildSubgraphSchema({ typeDefs: parse(sdl) });
}

/** The fields that need a policy and have none: by themselves, by their type, or by the type that they return. */
function fieldsWithoutPolicy(schema: GraphQLSchema): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType()].filter((type) => type !== undefined);
  const types = [...roots.filter((type) => type !== null), ...entitiesOf(schema)];
  return types
    .flatMap((type) =>
      fieldsOf(type)
        .filter(({ name }) => bothPolicies(typePolicy(type), fieldPolicy(schema, type, name)) === null)
        .map(({ name }) => `${type.name}.${name}`),
    )
    .sort();
}

function entitiesOf(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter((type) => keysOf(type).length > 0);
}

function keysOf(type: GraphQLObjectType): string[] {
  return [type.astNode, ...type.extensionASTNodes]
    .flatMap((node) => node?.directives ?? [])
    .filter((directive) => directive.name.value === 'key')
    .flatMap((directive) => directive.arguments ?? [])
    .flatMap(({ value }) => ('value' in value ? String(value.value).split(' ') : []));
}

function fieldsOf(type: GraphQLObjectType): GraphQLField<unknown, unknown>[] {
  return Object.values(type.getFields());
}

function isKey(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): boolean {
  return keysOf(type).includes(field.name);
}

function isExternal(field: GraphQLField<unknown, unknown>): boolean {
  return field.astNode?.directives?.some((directive) => directive.name.value === 'external') ?? false;
}

/** The subgraph that knows most of the entity. */
function ownerOf(typeName: string): string | undefined {
  const fieldCount = (schema: GraphQLSchema) => {
    const type = schema.getType(typeName);
    return isObjectType(type) ? fieldsOf(type).length : 0;
  };
  return [...subgraphs].sort((one, other) => fieldCount(other.schema) - fieldCount(one.schema))[0]?.name;
}

function scopesIn(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .flatMap((type) => [typePolicy(type), ...fieldsOf(type).map((field) => declaredPolicy(field.astNode))])
    .flatMap((policy) => policy?.flat() ?? []);
}
