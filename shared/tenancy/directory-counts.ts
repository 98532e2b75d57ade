import type { Metrics } from '../metrics/metrics';

/** What a tenant directory counts of the tenants that it was asked for. */
export function createDirectoryCounts(metrics: Metrics, size: () => number) {
  metrics.gauge({ name: 'tenant_directory_size', help: 'Tenants that are remembered.' }, size);
  return {
    hits: metrics.counter({
      name: 'tenant_directory_hits_total',
      help: 'Tenants that were resolved from memory while it was new.',
    }),
    misses: metrics.counter({
      name: 'tenant_directory_misses_total',
      help: 'Tenants that were not, and for which Access Control was asked or did not answer.',
    }),
    staleAnswers: metrics.counter({
      name: 'tenant_directory_stale_answers_total',
      help: 'Tenants that were resolved from an old memory because Access Control did not answer.',
    }),
  };
}
