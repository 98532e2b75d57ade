import { randomUUID } from 'node:crypto';
import { isUnionType } from 'graphql';
import pino from 'pino';
import { nobody } from '../../gateway/identity/identity';
import { createPlatform, type Platform } from '../../platform';
import { anonymousViewer, systemViewer, type Viewer } from '../../shared/identity/viewer';
import { createMetrics } from '../../shared/metrics/metrics';
import { bySubgraph } from '../../shared/settings';
import { subgraphNames } from '../../shared/subgraph/names';
import { systemCall } from '../../shared/subgraph/transport';
import { createTestDatabase, type TestDatabase } from '../testkit/test-database';

let database: TestDatabase;
let platform: Platform;
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createPlatform({
    databases: bySubgraph(() => ({ url: database.url })),
    poolSize: 2,
    identity: nobody,
    isProduction: false,
    metrics: createMetrics(),
    logger: pino({ level: 'silent' }),
    followIntervalMs: 3_600_000,
  });
}, 60_000);
afterAll(async () => {
  await platform.stop();
  await database.drop();
});

const stranger: Viewer = {
  subject: 'stranger',
  kind: 'user',
  scopes: new Set(),
  tenants: 'all',
  onBehalfOf: null,
};

describe.each(subgraphNames)('%s', (name) => {
  test('no entity is answered by its reference to those who may not read its type', async () => {
    const types = entitiesOf(name);
    expect(types).toContain('Tenant');
    for (const type of types) {
      expect([type, await answerReference(type, anonymousViewer)]).toEqual([type, 'UNAUTHENTICATED']);
      expect([type, await answerReference(type, stranger)]).toEqual([type, 'FORBIDDEN']);
      expect([type, await answerReference(type, systemViewer)]).toEqual([type, 'answered']);
    }
  });

  test('a reference to what is no entity is an error', async () => {
    for (const type of ['Query', 'Mutation', 'PageInfo']) {
      const { data, errors } = await execute(type, systemViewer);
      expect([type, data?.['_entities'], errors?.length]).toEqual([type, [null], 1]);
    }
  });

  /** The code of the refusal, or that there was none. */
  async function answerReference(type: string, viewer: Viewer): Promise<unknown> {
    const { data, errors } = await execute(type, viewer);
    if (!errors) return 'answered';
    expect(data?.['_entities']).toEqual([null]);
    return errors[0]?.extensions?.['code'];
  }

  function execute(type: string, viewer: Viewer) {
    const representations = [{ __typename: type, id: randomUUID(), code: 'NONE', messagingTenantId: 'none' }];
    return platform.subgraphs[name].execute(
      {
        query: `query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }`,
        variables: { representations },
      },
      { ...systemCall('test'), viewer },
    );
  }
});

function entitiesOf(name: (typeof subgraphNames)[number]): string[] {
  const union = platform.subgraphs[name].schema.getType('_Entity');
  if (!isUnionType(union)) throw new Error(`${name} has no entities`);
  return union.getTypes().map((type) => type.name);
}
