import { type CleanedEnv, str } from 'envalid';

/** Who may read a process's metrics. */
export type MetricsAccess = 'everybody' | 'nobody' | { token: string };

/** The environment variables of metrics, with their rules. */
export const metricsVariables = { METRICS_TOKEN: str({ default: undefined }) };

/** In development everybody may; in production whoever has the token, and nobody where there is none. */
export function metricsAccess(
  { METRICS_TOKEN: token }: CleanedEnv<typeof metricsVariables>,
  isProduction: boolean,
): MetricsAccess {
  if (!isProduction) return 'everybody';
  return token ? { token } : 'nobody';
}
