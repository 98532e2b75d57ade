import pino from 'pino';
import { createGateway } from '../../gateway/gateway';
import { systemViewer } from '../../shared/identity/viewer';
import { createMetrics } from '../../shared/metrics/metrics';
import type { SubgraphTransport } from '../../shared/subgraph/transport';
import { composeTestGraph, type TestSubgraph } from '../execution/graphs/test-graph';

type Answer = SubgraphTransport['execute'];

export interface ForeignAnswer {
  status: number;
  headers: Headers;
  body: {
    data?: Record<string, unknown> | null;
    errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
  };
}

export interface ForeignDoor {
  send(query: string, variables?: Record<string, unknown>): Promise<ForeignAnswer>;
  /** What the log got as errors. */
  readonly logged: string[];
  stop(): Promise<void>;
}

/** The gateway over real HTTP before subgraphs that are not ours. `answers` replaces what one answers by its resolvers. */
export async function startForeignDoor(
  subgraphs: Record<string, TestSubgraph>,
  answers: Record<string, Answer> = {},
): Promise<ForeignDoor> {
  const { supergraphSdl, transportOf } = composeTestGraph(subgraphs);
  const logged: string[] = [];
  const gateway = await createGateway({
    supergraphSdl,
    transports: Object.fromEntries(
      Object.keys(subgraphs).map((name) => {
        const transport = transportOf(name);
        return [name, { ...transport, execute: answers[name] ?? transport.execute }];
      }),
    ),
    identity: { identify: async () => systemViewer, localIssuer: null },
    tenants: null,
    isProduction: false,
    metrics: createMetrics(),
    logger: pino({ level: 'error' }, { write: (line: string) => logged.push(line) }),
  });
  const url = await gateway.http.listen('127.0.0.1', 0);

  return {
    logged,
    async send(query, variables) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      const body = (await response.json()) as ForeignAnswer['body'];
      return { status: response.status, headers: response.headers, body };
    },
    stop: () => gateway.stop(),
  };
}
