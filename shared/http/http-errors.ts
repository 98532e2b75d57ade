import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type ErrorCode, errorCatalogue } from '../errors/catalogue';
import { CodedError } from '../errors/coded-error';

/** Fastify reads no keys by which a careless assignment would change what all objects inherit, and calls such a body invalid. */
const UNREAD_JSON =
  'The body is not valid JSON, or has a key __proto__ or constructor.prototype, which is not read';

/** An answer's body in GraphQL's shape, with a code of the catalogue, for what never became a GraphQL request. */
export function httpError(status: number, message: string) {
  const text = status >= 500 ? 'The request met a defect; report its x-request-id' : message;
  return { errors: [{ message: text, extensions: { code: codeFor(status) } }] };
}

/** What a request that met `error` is answered. A defect is told to the log alone. */
export function errorAnswer(
  error: Error & { code?: string; statusCode?: number },
  { logger, requestId }: { logger: Logger; requestId: string },
): { status: number; body: object } {
  if (error instanceof CodedError) {
    const { status } = errorCatalogue[error.code];
    if (status >= 500) logger.error({ err: error.originalError ?? error, requestId }, error.message);
    return { status, body: { errors: [{ message: error.message, extensions: error.extensions }] } };
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) logger.error({ err: error, requestId }, 'HTTP request failed');
  const isUnreadJson = error.code === 'FST_ERR_CTP_INVALID_JSON_BODY';
  return { status, body: httpError(status, isUnreadJson ? UNREAD_JSON : error.message) };
}

/** An error by which a hook turns a request away with this status. */
export function httpRefusal(status: number, message: string): Error & { statusCode: number } {
  return Object.assign(new Error(message), { statusCode: status });
}

/** Answers what the router cannot read, such as `/%zz`, where no hook and no error handler runs. */
export function answerFrameworkError(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const status = error.statusCode ?? 400;
  reply.header('x-request-id', request.id);
  reply.code(status).send(httpError(status, 'The address of the request cannot be read'));
}

/** Answers what is not HTTP, has too large a header, or does not come to an end; then the connection is closed. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, message] = clientErrors[error.code ?? ''] ?? [400, 'The request is not HTTP'];
  const body = JSON.stringify(httpError(status, message));
  if (socket.writable) {
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}

const clientErrors: Record<string, [status: number, message: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come to its end in time'],
};

function codeFor(status: number): ErrorCode {
  if (status === 413) return 'PAYLOAD_TOO_LARGE';
  if (status === 415) return 'UNSUPPORTED_MEDIA_TYPE';
  if (status === 404) return 'NOT_FOUND';
  return status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR';
}
