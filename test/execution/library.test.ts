import { OperationTypeNode } from 'graphql';
import { type BothGateways, startBothGateways } from './both-gateways';
import { generateDocument } from './document-generator';
import { faultNames, withFaults } from './graphs/faulty-transport';
import { composeLibrary, librarySamples, librarySubgraphs } from './graphs/library';
import { createRandom } from './random';
import { expectSameAnswers } from './same-answers';

const MAY_TAKE_MS = 120_000;

let gateways: BothGateways;
beforeAll(async () => {
  const { supergraphSdl, transportOf } = composeLibrary();
  gateways = await startBothGateways(supergraphSdl, (name) => withFaults(name, transportOf(name)));
});

/** Asks one generated document; `fault` is what is wrong with a subgraph then. */
async function compare(seed: number, operation: OperationTypeNode, fault = 'none'): Promise<void> {
  const document = generateDocument(gateways.schema, seed, {
    operation,
    samples: librarySamples,
    maxDepth: 4,
    maxFields: 14,
  });
  const answers = await gateways.ask(document, fault);
  expectSameAnswers(answers, { countsElements: false }, { seed, fault, ...document });
}

test(
  '1 000 queries are answered alike',
  async () => {
    for (let seed = 0; seed < 1_000; seed += 1) await compare(seed, OperationTypeNode.QUERY);
  },
  MAY_TAKE_MS,
);

test(
  '200 mutations are answered alike',
  async () => {
    for (let seed = 0; seed < 200; seed += 1) await compare(seed, OperationTypeNode.MUTATION);
  },
  MAY_TAKE_MS,
);

test.each(faultNames)(
  '70 queries over a subgraph with %s are answered alike',
  async (fault) => {
    for (let seed = 2_000; seed < 2_070; seed += 1) {
      const subgraph = createRandom(seed).pick(librarySubgraphs);
      await compare(seed, OperationTypeNode.QUERY, `${fault} ${subgraph} ${seed}`);
    }
  },
  MAY_TAKE_MS,
);
