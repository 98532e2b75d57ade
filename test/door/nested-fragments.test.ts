import { MAIN_QUERY } from '../testkit/demo-graph';
import { startGraph, type TestGraph } from '../testkit/graph';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
  // Memory that the process takes once, whatever it is asked.
  for (let i = 0; i < 30; i += 1) await graph.request(MAIN_QUERY.replace('{', `query Warm${i} {`));
});
afterAll(() => graph.stop());

/** `n` fragments, each of which spreads the next one more than once, over entities of several subgraphs. */
function nestedFragments(n: number, body: (next: string) => string): string {
  const fragments = Array.from(
    { length: n },
    (_, i) => `fragment F${i} on Tenant { ${body(i + 1 < n ? `...F${i + 1}` : 'id')} }`,
  );
  return `{ tenant(slug: "x") { ...F0 } } ${fragments.join(' ')}`;
}

async function refused(document: string) {
  const start = performance.now();
  const answer = await graph.anonymous.request(document);
  return { answer, tookMs: performance.now() - start };
}

const shapes: [string, (next: string) => string][] = [
  [
    'clubs and customers',
    (next) => `clubs { tenant { ${next} } } customers(first: 1) { edges { node { tenant { ${next} } } } }`,
  ],
  [
    'the registry under two aliases',
    (next) => `a: registry { tenant { ${next} } } b: registry { tenant { ${next} } }`,
  ],
  ['single entities', (next) => `registry { tenant { ${next} } } sclTenant { tenant { ${next} } }`],
  [
    'five ways',
    (next) =>
      ['registry', 'sclTenant', 'clubs', 'segments', 'journeys']
        .map((field) => `${field} { tenant { ${next} } }`)
        .join(' '),
  ],
];
const sizes = [4, 5, 6, 8, 10, 15, 20, 30, 40, 50, 60];

test.each(shapes)('nested fragments over %s are refused before they are planned', async (_what, body) => {
  const before = process.memoryUsage();
  for (const n of sizes) {
    const document = nestedFragments(n, body);
    const [first, ...others] = [await refused(document), await refused(document), await refused(document)];
    const { status, errors } = first.answer;
    expect([n, status]).toEqual([n, 400]);
    expect(errors?.[0]?.extensions.code).toMatch(
      /^MAX_(DEPTH|ALIASES|RECURSION|TOKENS)_LIMIT$|^MAX_RECURSIVE_/,
    );
    // One takes a few milliseconds, unless the machine does something else meanwhile.
    expect(Math.min(first.tookMs, ...others.map(({ tookMs }) => tookMs))).toBeLessThan(100);
  }
  expect(process.memoryUsage().rss - before.rss).toBeLessThan(20 * 1024 * 1024);
});

test('what passes is planned in a fraction of a second', async () => {
  const start = performance.now();
  for (const [, body] of shapes) {
    const { status } = await graph.request(nestedFragments(2, body));
    expect(status).toBe(200);
  }
  expect((performance.now() - start) / shapes.length).toBeLessThan(500);
});
