import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Knows on which of a server's connections no request waits for its answer, though half of the head of one may have come: Node
 * takes those for busy when the server closes. Answers what ends them.
 */
export function trackIdleConnections(server: Server): () => void {
  const connections = new Set<Socket>();
  const waiting = new Set<IncomingMessage>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', (request, response) => {
    waiting.add(request);
    response.once('close', () => waiting.delete(request));
  });
  return () => {
    const busy = new Set(Array.from(waiting, ({ socket }) => socket));
    for (const socket of connections) if (!busy.has(socket)) socket.destroy();
  };
}
