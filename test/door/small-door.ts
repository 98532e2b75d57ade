import { ApolloServer } from '@apollo/server';
import pino from 'pino';
import { apolloRoute } from '../../gateway/apollo-route';
import { failedResponseStatus } from '../../gateway/failed-response-status';
import { countedTenant } from '../../gateway/rate-limits/counted-tenant';
import { createLimitStore } from '../../gateway/rate-limits/limit-store';
import { rateLimits } from '../../gateway/rate-limits/rate-limits';
import { createRefusedDocuments } from '../../gateway/rate-limits/refused-documents';
import { type DoorSettings, defaultDoor, type RateLimitSettings } from '../../shared/door-settings';
import { formatError } from '../../shared/errors/format-error';
import { createHttpServer } from '../../shared/http/http-server';
import { anonymousViewer, systemViewer, type Viewer } from '../../shared/identity/viewer';
import { createMetrics } from '../../shared/metrics/metrics';
import { parseAddress } from '../../shared/network-address';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import type { TenantDirectory } from '../../shared/tenancy/tenant-directory';

/** One answer of the door, with what it says of waiting. */
export interface DoorAnswer {
  status: number;
  code: string | undefined;
  retryAfter: string | null;
  retryAfterSeconds: number | undefined;
}

/** Who sends a request: a subject, the graph itself, or nobody; and what it says of where it comes from. */
export interface Sender {
  subject?: string;
  isSystem?: boolean;
  forwardedFor?: string;
}

export interface SmallDoor {
  send(query: string, variables?: object, sender?: Sender): Promise<DoorAnswer>;
  /** How often each resolver ran. */
  readonly ran: { greet: number; touch: number; submitLead: number };
  /** What the log got as errors. */
  readonly logged: string[];
  stop(): Promise<void>;
}

const SCHEMA = `
  type Query { greet: String }
  type Mutation { touch: String submitLead(input: LeadInput!): String }
  input LeadInput { tenantSlug: String tenantId: ID }`;

/** The rate limits over real HTTP before a graph of three fields, which count how often they ran. */
export async function startSmallDoor(
  limits: Partial<RateLimitSettings>,
  settings: Partial<DoorSettings> = {},
  tenants: Pick<TenantDirectory, 'resolveTenant'> | null = null,
): Promise<SmallDoor> {
  const ran = { greet: 0, touch: 0, submitLead: 0 };
  const logged: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line) => logged.push(line) });
  const count = (name: keyof typeof ran) => () => {
    ran[name] += 1;
    return name;
  };
  const none = { reads: 0, writes: 0, leadsPerAddress: 0, leadsPerTenant: 0 };
  const door = { ...defaultDoor, ...settings, rateLimits: { ...none, ...limits } };
  const store = await createLimitStore(door, logger);
  const server = new ApolloServer<SubgraphCall>({
    typeDefs: SCHEMA,
    resolvers: {
      Query: { greet: count('greet') },
      Mutation: { touch: count('touch'), submitLead: count('submitLead') },
    },
    formatError,
    stopOnTerminationSignals: false,
    plugins: [
      rateLimits(store, createRefusedDocuments(0), countedTenant(tenants), logger),
      failedResponseStatus,
    ],
  });
  await server.start();
  const http = createHttpServer({
    graphql: apolloRoute(server, ({ headers, id, ip }) => ({
      viewer: viewerOf(headers['x-test-viewer']),
      requestId: id,
      address: parseAddress(ip),
      userAgent: null,
      deadline: Date.now() + 5_000,
    })),
    reportHealth: async () => ({ status: 'ready', dependencies: {} }),
    metrics: createMetrics(),
    bodyLimit: 1_000_000,
    trustedProxies: door.trustedProxies,
    logger,
  });
  const url = await http.listen('127.0.0.1', 0);

  return {
    ran,
    logged,
    async send(query, variables, { subject, isSystem, forwardedFor } = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(subject || isSystem ? { 'x-test-viewer': isSystem ? 'system' : `user ${subject}` } : {}),
          ...(forwardedFor ? { 'x-forwarded-for': forwardedFor } : {}),
        },
        body: JSON.stringify({ query, variables }),
      });
      const { errors } = (await response.json()) as {
        errors?: { extensions: { code: string; retryAfterSeconds?: number } }[];
      };
      return {
        status: response.status,
        code: errors?.[0]?.extensions.code,
        retryAfter: response.headers.get('retry-after'),
        retryAfterSeconds: errors?.[0]?.extensions.retryAfterSeconds,
      };
    },
    async stop() {
      await http.close();
      await server.stop();
      await store.close();
    },
  };
}

function viewerOf(header: string | string[] | undefined): Viewer {
  if (header === undefined) return anonymousViewer;
  if (header === 'system') return systemViewer;
  return { ...systemViewer, kind: 'user', subject: String(header) };
}
