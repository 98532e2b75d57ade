import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export interface MetricDescription<Label extends string = never> {
  /** In Prometheus' way: what it is of first, its unit last; a counter's ends in `_total`. */
  name: string;
  /** One sentence for whoever reads the metric on a screen. */
  help: string;
  /** Each value of a label is a series of its own, so a label takes few values: never a tenant or an id. */
  labels?: readonly Label[];
}

/**
 * What one process counts and measures, for Prometheus. Declare a metric where it is written, when what writes it is
 * built:
 *
 *     const lost = metrics.counter({ name: 'messages_lost_total', help: '…', labels: ['system'] });
 *     lost.inc({ system: 'crm' });
 */
export interface Metrics {
  /** Something that is counted up. Several parts of the process that declare it count together. */
  counter<Label extends string = never>(description: MetricDescription<Label>): Counter<Label>;
  /**
   * Something that goes up and down: by `set`, or by `read`, which is asked whenever somebody reads the metrics, and answers
   * all series where there are labels. One part of the process declares it; throws when another does so too.
   */
  gauge<Label extends string = never>(
    description: MetricDescription<Label>,
    read?: ReadGauge<Label>,
  ): Gauge<Label>;
  /** All metrics in Prometheus' text format, and its media type. */
  report(): Promise<{ text: string; contentType: string }>;
}

type Series<Label extends string> = { labels: Record<Label, string>; value: number };
type ReadGauge<Label extends string> = () => number | Series<Label>[] | Promise<number | Series<Label>[]>;

/** Every sample wakes the process up. */
const EVENT_LOOP_IS_SAMPLED_EVERY_MS = 50;

/** The metrics of one process, with Node.js' own among them. They are in no registry that another graph could share. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_IS_SAMPLED_EVERY_MS });

  return {
    counter<Label extends string>({ name, help, labels = [] }: MetricDescription<Label>) {
      const known = registry.getSingleMetric<Label>(name);
      if (known instanceof Counter) return known;
      return new Counter<Label>({ name, help, labelNames: labels, registers: [registry] });
    },
    gauge<Label extends string>(
      { name, help, labels = [] }: MetricDescription<Label>,
      read?: ReadGauge<Label>,
    ) {
      return new Gauge<Label>({
        name,
        help,
        labelNames: labels,
        registers: [registry],
        ...(read && {
          async collect() {
            const seen = await read();
            if (typeof seen === 'number') return this.set(seen);
            this.reset();
            for (const { labels: of, value } of seen) this.set(of, value);
          },
        }),
      });
    },
    report: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}
