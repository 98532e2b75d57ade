import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { httpRefusal } from '../../shared/http/http-errors';

/**
 * Lets bodies come packed as gzip or deflate, and in UTF-8 only. The server's limit holds for the unpacked bytes: it is
 * reached while they are unpacked, and the rest is not.
 */
export function addBodyRules(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, reply, payload) => {
    const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
      throw httpRefusal(415, 'The body must be in UTF-8');
    }
    const encoding = request.headers['content-encoding']?.trim().toLowerCase();
    if (encoding === undefined || encoding === '' || encoding === 'identity') return payload;
    const unpacked = unpack(payload as Readable, encoding);
    reply.raw.once('finish', () => {
      payload.unpipe(unpacked);
      unpacked.destroy();
      // What is left of the body must be read, or the client does not come to read the answer.
      (payload as Readable).resume();
    });
    return unpacked;
  });
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (isUtf8(body)) parseJson(request, body.toString(), done);
    else done(httpRefusal(400, 'The body is not in UTF-8'));
  });
}

function unpack(payload: Readable, encoding: string) {
  if (!['gzip', 'x-gzip', 'deflate'].includes(encoding)) {
    throw httpRefusal(415, 'The body may be packed as gzip or deflate only');
  }
  // Fastify compares what came over the wire with content-length by this property.
  const unpacked = Object.assign(encoding === 'deflate' ? createInflate() : createGunzip(), {
    receivedEncodedLength: 0,
  });
  payload.on('data', (chunk: Buffer) => {
    unpacked.receivedEncodedLength += chunk.length;
  });
  payload.on('error', (error) => unpacked.destroy(error));
  unpacked.on('error', (error) => {
    error.message = `The body is not ${encoding}, as its content-encoding says`;
  });
  return payload.pipe(unpacked);
}
