import { addDemoData } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';

const LIST = `query ($first: Int) {
  tenants(first: $first) {
    edges {
      node {
        slug
        registry { sclTenantCode teeTimeClubIds tenant { slug } }
        clubs { name tenant { slug } }
        sclTenant { code clubs { name } tenant { slug } }
        contacts(first: 3) { totalCount edges { node { email tenant { slug } } } }
        customers(first: 3) { totalCount edges { node { email tenant { slug } } } }
        leads(first: 3) { edges { node { source } } }
        segments { name memberCount }
        journeys { name steps { name } }
      }
    }
  }
}`;

let graph: TestGraph;
beforeAll(async () => {
  // The list below is dearer than the gateway allows, so that it leaves no field out.
  graph = await startGraph();
  await addDemoData(graph, { tenants: 60, customers: 600 });
}, 60_000);
afterAll(() => graph.stop());

test('fifty tenants cost as many statements as two', async () => {
  const two = await graph.countStatements(() => graph.ask(LIST, { first: 2 }));
  const fifty = await graph.countStatements(async () => {
    const { tenants } = await graph.ask(LIST, { first: 50 });
    expect(tenants.edges).toHaveLength(50);
    expect(tenants.edges[49].node.customers.edges).toHaveLength(3);
  });
  expect(fifty).toEqual(two);
});

test('fifty tenants with registry, clubs and customers cost three statements', async () => {
  const query =
    '{ tenants(first: 50) { edges { node { registry { id } clubs { id } customers { edges { node { id } } } } } } }';
  expect(await graph.countStatements(() => graph.ask(query))).toEqual({
    'access-control': 1,
    teetime: 1,
    crm: 1,
    scl: 0,
    messaging: 0,
  });
});
