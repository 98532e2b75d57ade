import { OperationTypeNode } from 'graphql';
import { readSupergraph } from '../../gateway/supergraph';
import { isSubgraphName } from '../../shared/subgraph/names';
import { DIGIWEDGE_TENANT_ID, YOLO_TENANT_ID } from '../../shared/tenancy/well-known-tenants';
import { addDemoData } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';
import { type BothGateways, startBothGateways } from './both-gateways';
import { generateDocument } from './document-generator';
import type { Samples } from './input-generator';
import { expectSameAnswers } from './same-answers';

const MAY_TAKE_MS = 120_000;

let graph: TestGraph;
let gateways: BothGateways;
beforeAll(async () => {
  graph = await startGraph();
  await addDemoData(graph);
  gateways = await startBothGateways(await readSupergraph(), (name) => {
    if (!isSubgraphName(name)) throw new Error(`There is no subgraph ${name}`);
    return graph.subgraph(name);
  });
}, 60_000);
afterAll(() => graph.stop());

const tenantIds = [DIGIWEDGE_TENANT_ID, YOLO_TENANT_ID, '00000000-0000-4000-8000-000000000000'];
const samples: Samples = {
  id: tenantIds,
  tenantId: tenantIds,
  slug: ['digiwedge', 'yolo', 'nobody'],
  tenantSlug: ['digiwedge', 'nobody'],
  messagingTenantId: ['digiwedge-corporate', 'nobody'],
  code: ['DIGIWEDGE', 'NOBODY'],
  first: [1, 3, 101],
  Int: [1, 2],
  Boolean: [true, false],
  String: ['a', ''],
  ID: tenantIds,
};

test(
  '400 queries of the graph over its demo data are answered alike',
  async () => {
    for (let seed = 0; seed < 400; seed += 1) {
      const document = generateDocument(gateways.schema, seed, {
        operation: OperationTypeNode.QUERY,
        samples,
        maxDepth: 6,
        maxFields: 25,
      });
      expectSameAnswers(await gateways.ask(document), { countsElements: true }, { seed, ...document });
    }
  },
  MAY_TAKE_MS,
);
