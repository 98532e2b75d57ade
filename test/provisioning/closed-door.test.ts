import { randomUUID } from 'node:crypto';
import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLInputType,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { declaredPolicy } from '../../shared/graphql/access-policy';
import { allInternalScopes, allRoles, roles } from '../../shared/identity/policy';
import {
  anonymousViewer,
  auditViewer,
  deliveringViewer,
  lookUpViewer,
  provisioningViewer,
  registrySurveyViewer,
  systemViewer,
  type Viewer,
} from '../../shared/identity/viewer';
import type { SubgraphName } from '../../shared/subgraph/names';
import { documentOf } from '../isolation/attack/documents';
import { type TenantWithData, tenantWithData } from '../isolation/attack/tenant-with-data';
import { startGraph, type TestGraph } from '../testkit/graph';
import { doorAs } from './door';

const SYSTEMS: SubgraphName[] = ['scl', 'teetime', 'messaging', 'crm'];

let graph: TestGraph;
let tenant: TenantWithData;
beforeAll(async () => {
  graph = await startGraph();
  tenant = await tenantWithData(graph, 'closed');
});
afterAll(() => graph.stop());

interface Operation {
  system: SubgraphName;
  kind: 'query' | 'mutation';
  field: GraphQLField<unknown, unknown>;
  scope: string;
}

/** What the systems offer to Access Control alone, with the internal scope that each asks for. */
function operations(): Operation[] {
  return SYSTEMS.flatMap((system) => {
    const { schema } = graph.subgraph(system);
    const roots = { query: schema.getQueryType(), mutation: schema.getMutationType() };
    return (['query', 'mutation'] as const).flatMap((kind) =>
      Object.values(roots[kind]?.getFields() ?? {}).flatMap((field) => {
        const [scope = ''] = declaredPolicy(field.astNode)?.flat() ?? [];
        return scope.startsWith('systems:') ? [{ system, kind, field, scope }] : [];
      }),
    );
  });
}

/** Any value of the type that names the tenant where it can. */
function anyValueOf(name: string, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return anyValueOf(name, type.ofType);
  if (isListType(type)) return [];
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return Object.fromEntries(required.map((field) => [field.name, anyValueOf(field.name, field.type)]));
  }
  const known: Record<string, unknown> = {
    tenantId: tenant.id,
    code: tenant.keys.sclTenantCode,
    messagingTenantId: tenant.keys.messagingTenantId,
    limit: 500,
  };
  return known[name] ?? randomUUID();
}

async function refusalTo(viewer: Viewer, { system, kind, field }: Operation): Promise<string> {
  const required = field.args.filter(({ type }) => isNonNullType(type));
  const variables = Object.fromEntries(required.map(({ name, type }) => [name, anyValueOf(name, type)]));
  return (await doorAs(graph, viewer).refusal(system, documentOf(kind, field, '{ __typename }'), variables))
    .code;
}

async function rowCount(): Promise<number> {
  const tables = await graph.database.query<{ name: string }>(
    `SELECT schemaname || '.' || tablename AS name FROM pg_tables
     WHERE schemaname IN ('scl', 'teetime', 'messaging', 'crm') AND tablename NOT LIKE 'event_%'`,
  );
  const counts = tables.map(({ name }) => `SELECT count(*)::int AS count FROM ${name}`).join(' UNION ALL ');
  const rows = await graph.database.query<{ count: number }>(counts);
  return rows.reduce((sum, { count }) => sum + count, 0);
}

test('each system has its whole door', () => {
  const names = operations().map(({ system, field }) => `${system} ${field.name}`);
  for (const [system, name] of Object.entries({
    scl: 'Scl',
    teetime: 'TeeTime',
    messaging: 'Messaging',
    crm: 'Crm',
  })) {
    for (const verb of ['setUpIn', 'takeBackIn', 'exportFrom', 'removeFrom'])
      expect(names).toContain(`${system} ${verb}${name}`);
    expect(names.some((each) => each.startsWith(`${system} `) && each.endsWith('Holdings'))).toBe(true);
  }
  expect(names).toContain('teetime teeTimeClubs');
  expect(names).toHaveLength(21);
});

test('nothing of it is in the public graph', async () => {
  const schema = buildClientSchema(await graph.ask<IntrospectionQuery>(getIntrospectionQuery()));
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}),
  );
  expect(operations().filter(({ field }) => fields.includes(field.name))).toEqual([]);
  const types = ['SystemSetUp', 'TeeTimeSetUp', 'TakenBack', 'SclHolding', 'SetUpInSclInput', 'ExportedRows'];
  expect(types.filter((name) => schema.getType(name))).toEqual([]);
  const { errors } = await graph.request(
    'mutation ($t: ID!) { removeFromCrm(tenantId: $t, limit: 1) { done } }',
    { t: tenant.id },
  );
  expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});

test('no role has an internal scope', () => {
  const held = allRoles.flatMap((role) => roles[role].scopes as readonly string[]);
  expect(allInternalScopes.filter((scope) => held.includes(scope))).toEqual([]);
  expect(allInternalScopes.filter((scope) => systemViewer.scopes.has(scope))).toEqual([]);
});

test('no viewer but Access Control’s own passes it, and nothing is changed', async () => {
  const before = await rowCount();
  const viewers: Viewer[] = [
    anonymousViewer,
    systemViewer,
    lookUpViewer,
    auditViewer,
    deliveringViewer('crm'),
    ...allRoles.map(
      (role): Viewer => ({
        subject: role,
        kind: 'user',
        scopes: new Set(roles[role].scopes),
        tenants: roles[role].reach === 'platform' ? 'all' : [tenant.id],
        onBehalfOf: null,
      }),
    ),
  ];
  for (const operation of operations()) {
    for (const viewer of viewers) {
      const code = await refusalTo(viewer, operation);
      const expected = viewer.kind === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      expect({ name: operation.field.name, viewer: viewer.subject, code }).toEqual({
        name: operation.field.name,
        viewer: viewer.subject,
        code: expected,
      });
    }
  }
  expect(await rowCount()).toBe(before);
});

test('who works on one tenant does not survey all, and who surveys changes nothing', async () => {
  const before = await rowCount();
  const worker = provisioningViewer(tenant.id, 'thandi');
  for (const operation of operations()) {
    const stranger = operation.scope === 'systems:survey' ? worker : registrySurveyViewer;
    expect(await refusalTo(stranger, operation)).toBe('FORBIDDEN');
  }
  expect(await rowCount()).toBe(before);
});
