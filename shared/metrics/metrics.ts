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
   * Something that goes up and down: by `set`, or by `read`, which is asked whenever somebody reads the metrics. One part
   * of the process declares it; throws when another does so too.
   */
  gauge<Label extends string = never>(
    description: MetricDescription<Label>,
    read?: () => number | Promise<number>,
  ): Gauge<Label>;
  /** All metrics in Prometheus' text format, and its media type. */
  report(): Promise<{ text: string; contentType: string }>;
}

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
      read?: () => number | Promise<number>,
    ) {
      return new Gauge<Label>({
        name,
        help,
        labelNames: labels,
        registers: [registry],
        ...(read && {
          async collect() {
            this.set(await read());
          },
        }),
      });
    },
    report: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}
