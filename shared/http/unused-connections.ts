import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Knows on which of a server's connections no request has come yet, nor the whole head of one: Node takes those for busy when the
 * server closes. Answers what ends them.
 */
export function trackUnusedConnections(server: Server): () => void {
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return () => {
    for (const socket of unused) socket.destroy();
  };
}
