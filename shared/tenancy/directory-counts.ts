import { createCacheCounts } from '../metrics/cache-counts';
import type { Metrics } from '../metrics/metrics';

/** What a tenant directory counts of the tenants that it was asked for. */
export function createDirectoryCounts(metrics: Metrics, size: () => number) {
  return {
    ...createCacheCounts(metrics, { name: 'tenant_directory', of: 'Tenants' }, size),
    staleAnswers: metrics.counter({
      name: 'tenant_directory_stale_answers_total',
      help: 'Tenants that were resolved from an old memory because Access Control did not answer.',
    }),
  };
}
