import { createMetrics } from '../../shared/metrics/metrics';
import { readSettings } from '../../shared/settings';
import { startGraph, type TestGraph } from '../testkit/graph';

const TOKEN = 'of-whoever-scrapes';

test('what several parts declare under one name they count together, and each process counts for itself', async () => {
  const [own, other] = [createMetrics(), createMetrics()];
  const description = { name: 'letters_total', help: 'Letters that were sent.', labels: ['kind'] } as const;
  own.counter(description).inc({ kind: 'long' });
  own.counter(description).inc({ kind: 'long' }, 2);
  other.counter(description);
  expect((await own.report()).text).toContain('letters_total{kind="long"} 3\n');
  expect((await other.report()).text).not.toContain('letters_total{');
});

test('a gauge is what was set last, or what it reads when somebody asks', async () => {
  const metrics = createMetrics();
  metrics.gauge({ name: 'temperature_celsius', help: 'How warm it is.' }).set(21);
  let queued = 1;
  const queue = { name: 'queued_letters', help: 'Letters that wait.' };
  metrics.gauge(queue, async () => queued);
  queued = 5;
  const { text } = await metrics.report();
  expect(text).toContain('temperature_celsius 21\n');
  expect(text).toContain('queued_letters 5\n');
  expect(() => metrics.gauge(queue, () => 0)).toThrow(/queued_letters/);
});

describe.each(['one process', 'distributed'] as const)('in the shape of %s', (shape) => {
  let graph: TestGraph | undefined;
  afterEach(() => graph?.stop());

  /** Starts the graph as the settings say, and answers where its processes are. */
  async function start(environment: Record<string, string>): Promise<string[]> {
    const { isProduction, metricsAccess } = readSettings(environment);
    graph = await startGraph(shape, { isProduction, metricsAccess });
    return graph.processUrls;
  }

  const metricsOf = (url: string, authorization?: string, method = 'GET') =>
    fetch(`${url}/metrics`, { method, headers: authorization ? { authorization } : {} });

  test('anybody reads the metrics of a development machine', async () => {
    const urls = await start({ NODE_ENV: 'development', METRICS_TOKEN: TOKEN });
    expect(urls).toHaveLength(shape === 'one process' ? 1 : 6);
    for (const url of urls) {
      const response = await metricsOf(url);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
      ]);
      expect(await response.text()).toMatch(/^process_cpu_seconds_total \d/m);
      expect((await metricsOf(url, undefined, 'POST')).status).toBe(404);
    }
  });

  test('in production whoever has the token reads them, and nobody else', async () => {
    for (const url of await start({ NODE_ENV: 'production', METRICS_TOKEN: TOKEN })) {
      expect(await (await metricsOf(url, `Bearer ${TOKEN}`)).text()).toMatch(/^process_cpu_seconds_total /m);
      const strangers = [undefined, `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`];
      for (const authorization of [...strangers, graph?.authorization]) {
        const response = await metricsOf(url, authorization);
        expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
        const text = await response.text();
        expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
        expect(text).not.toContain(TOKEN);
      }
    }
  });

  test.each<Record<string, string>>([{}, { METRICS_TOKEN: '' }])(
    'in production without a token there are none',
    async (setting) => {
      for (const url of await start({ NODE_ENV: 'production', ...setting })) {
        for (const authorization of [undefined, 'Bearer undefined', `Bearer ${TOKEN}`]) {
          expect((await metricsOf(url, authorization)).status).toBe(404);
        }
      }
    },
  );
});
