import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the receiver of a webhook got it. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  /** The body's bytes as text, by which its signature is verified. */
  text: string;
  /** The body: `data` is the event. */
  body: {
    type: string;
    timestamp: string;
    data: { id: string; type: string; tenantId: string; payload: object };
  };
}

/** What the receiver does with a request; ends with 204 unless it says otherwise. */
type Answer = (received: Received, response: ServerResponse) => void | Promise<void>;

export interface WebhookReceiver {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Everything that came, in its order, whatever was answered. */
  readonly received: Received[];
  /** Changes what is done from now on. */
  answer(how: Answer): void;
  stop(): Promise<void>;
}

/** Receives webhooks on this machine. */
export async function startWebhookReceiver(first: Answer = () => undefined): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let how = first;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const text = Buffer.concat(chunks).toString();
      const one = { path: request.url ?? '', headers: request.headers, text, body: JSON.parse(text) };
      received.push(one);
      response.statusCode = 204;
      await how(one, response);
      if (how !== hang && !response.writableEnded) response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer(next) {
      how = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Takes a request and never answers. */
export const hang: Answer = () => undefined;

/** Answers with this status. */
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_received, response) => {
    response.writeHead(code, headers).end();
  };
