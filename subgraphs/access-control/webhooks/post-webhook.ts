import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { isPublicAddress, literalAddress, NotPublic, publicLookup, type ResolveHost } from './public-address';

/** What is posted to whom. */
export interface WebhookMessage {
  url: string;
  /** `whsec_…`, the newest first; each signs. */
  secrets: readonly string[];
  /** The same for each attempt, so that the receiver knows one that it has had. */
  id: string;
  body: string;
  timeoutMs: number;
}

export interface WebhookAnswer {
  /** `null` where there was no answer. */
  statusCode: number | null;
  /** Why the message was not taken, for people; `null` when it was. */
  failure: string | null;
  /** How long the receiver asks to be left alone. */
  retryAfterMs: number | null;
}

export interface WebhookSender {
  /** Never rejects. Follows no redirects. */
  post(message: WebhookMessage): Promise<WebhookAnswer>;
  close(): Promise<void>;
}

export interface SenderOptions {
  allowPrivate: boolean;
  resolve: ResolveHost;
}

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS_TO_A_HOST = 8;
const IDLE_CONNECTION_MS = 4_000;
/** Of an answer's body, which says nothing that counts; a longer or a later one costs its connection. */
const MAX_BODY_BYTES = 64 * 1_024;
const BODY_MAY_TAKE_MS = 500;
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** Posts as Standard Webhooks 1.0 says: `webhook-id`, `webhook-timestamp`, `webhook-signature`. */
export function createWebhookSender({ allowPrivate, resolve }: SenderOptions): WebhookSender {
  const dispatcher = new Agent({
    connections: MAX_CONNECTIONS_TO_A_HOST,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(allowPrivate ? {} : { lookup: publicLookup(resolve) }) },
  });

  async function send({ url, secrets, id, body, timeoutMs }: WebhookMessage): Promise<WebhookAnswer> {
    if (!allowPrivate) assertPublicTarget(new URL(url));
    const now = new Date();
    const answer = await request(url, {
      method: 'POST',
      dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'tenant-graph-webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
      },
      body,
    });
    // Whoever answered has answered, whatever becomes of the rest.
    const bodySignal = AbortSignal.timeout(BODY_MAY_TAKE_MS);
    await answer.body.dump({ limit: MAX_BODY_BYTES, signal: bodySignal }).catch(() => undefined);
    const { statusCode } = answer;
    if (statusCode >= 200 && statusCode < 300) return { statusCode, failure: null, retryAfterMs: null };
    const isRedirect = statusCode >= 300 && statusCode < 400;
    return {
      statusCode,
      failure: `answered ${statusCode}${isRedirect ? '; redirects are not followed' : ''}`,
      retryAfterMs: [429, 503].includes(statusCode) ? retryAfterMs(answer.headers['retry-after'], now) : null,
    };
  }

  return {
    post: (message) =>
      send(message).catch((error: Error) => ({
        statusCode: null,
        failure: reasonOf(error, message.timeoutMs),
        retryAfterMs: null,
      })),
    close: () => dispatcher.destroy(),
  };
}

/** A URL that names an address by itself is connected to without a look-up. */
function assertPublicTarget(url: URL): void {
  const literal = literalAddress(url);
  if (literal !== null && !isPublicAddress(literal)) throw new NotPublic(literal);
  if (url.protocol !== 'https:') throw new Error('only https:// addresses are posted to');
}

/** Seconds, or a date (RFC 9110, 10.2.3); an hour at most. */
function retryAfterMs(header: string | string[] | undefined, now: Date): number | null {
  const text = String(header ?? '').trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

function reasonOf(error: Error & { code?: string }, timeoutMs: number): string {
  if (error instanceof NotPublic) return error.message;
  if (error.name === 'TimeoutError') return `did not answer within ${Math.ceil(timeoutMs / 1_000)} seconds`;
  return `could not be reached: ${error.code ?? error.message}`;
}
