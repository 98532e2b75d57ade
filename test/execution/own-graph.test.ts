import { OperationTypeNode } from 'graphql';
import pino from 'pino';
import { readSupergraph } from '../../gateway/supergraph';
import { bySubgraph } from '../../shared/settings';
import { isSubgraphName, type SubgraphName } from '../../shared/subgraph/names';
import { type SubgraphRequest, systemCall } from '../../shared/subgraph/transport';
import { DIGIWEDGE_TENANT_ID, YOLO_TENANT_ID } from '../../shared/tenancy/well-known-tenants';
import { addDemoData } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';
import { type BothGateways, startBothGateways } from './both-gateways';
import { generateDocument } from './document-generator';
import type { Samples } from './input-generator';
import { expectSameAnswers } from './same-answers';
import { createStockServer } from './stock-server';

const MAY_TAKE_MS = 120_000;
const silent = pino({ level: 'silent' });

/** What the subgraphs were asked, by its JSON. */
const asked = new Map<string, { name: SubgraphName; request: SubgraphRequest }>();
let graph: TestGraph;
let gateways: BothGateways;
beforeAll(async () => {
  graph = await startGraph();
  await addDemoData(graph);
  gateways = await startBothGateways(await readSupergraph(), (name) => {
    if (!isSubgraphName(name)) throw new Error(`There is no subgraph ${name}`);
    const subgraph = graph.subgraph(name);
    return {
      ...subgraph,
      execute(request, call) {
        asked.set(JSON.stringify([name, request]), { name, request });
        return subgraph.execute(request, call);
      },
    };
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

test(
  'what the subgraphs were asked for it they answer as stock servers do',
  async () => {
    expect(asked.size).toBeGreaterThan(300);
    const servers = bySubgraph((name) => createStockServer(graph.subgraph(name).schema, silent));
    for (const server of Object.values(servers)) await server.start();
    for (const { name, request } of asked.values()) {
      const subgraph = graph.subgraph(name);
      const call = systemCall('compare', MAY_TAKE_MS);
      const inside = await subgraph.execute(request, call);
      const contextValue = subgraph.createContext(call);
      const { body } = await servers[name].executeOperation(request, { contextValue });
      expect({ request, answer: inside }).toEqual({
        request,
        answer: body.kind === 'single' ? body.singleResult : body.kind,
      });
    }
    for (const server of Object.values(servers)) await server.stop();
  },
  MAY_TAKE_MS,
);
