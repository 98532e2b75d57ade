import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { CodedError } from '../errors/coded-error';
import { bearerToken } from '../identity/bearer-token';
import type { MetricsAccess } from '../metrics-settings';
import type { Metrics } from './metrics';

/** Serves the metrics at `/metrics` to those who may read them; where nobody may, nothing is served there. */
export function addMetricsRoute(app: FastifyInstance, metrics: Metrics, access: MetricsAccess): void {
  if (access === 'nobody') return;
  app.get('/metrics', async ({ raw }, reply) => {
    if (access !== 'everybody') assertToken(bearerToken(raw.headersDistinct['authorization']), access.token);
    const { text, contentType } = await metrics.report();
    return reply.type(contentType).send(text);
  });
}

/** Throws `UNAUTHENTICATED`. How long it takes tells nothing of the token. */
function assertToken(given: string | null, token: string): void {
  if (given !== null && timingSafeEqual(digestOf(given), digestOf(token))) return;
  throw new CodedError(
    'UNAUTHENTICATED',
    'Metrics need `Authorization: Bearer` and the token of METRICS_TOKEN',
  );
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
