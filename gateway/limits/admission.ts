import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server';
import { buildASTSchema, type DocumentNode, type GraphQLError, parse } from 'graphql';
import type { Limits } from '../../shared/limit-settings';
import type { Metrics } from '../../shared/metrics/metrics';
import type { SubgraphCall } from '../../shared/subgraph/transport';
import { type BoundedStore, createBoundedStore } from './bounded-store';
import { refuseLargeDocument } from './document-limits';
import { isDeeperThan } from './nesting';
import { refuseNullCondition } from './null-conditions';
import { createOperationLimits } from './operation-limits';
import { refuseBadPersistedQuery } from './persisted-queries';
import { refusal } from './refusal';
import { resolveTrustedDocument, type TrustedDocuments } from './trusted-documents';

const MAX_VARIABLES_DEPTH = 64;
const MAX_DOCUMENT_STORE_BYTES = 10 * 1024 * 1024;
/** What a parsed document takes in memory, measured: so much for itself and so much for each character of its text. */
const BYTES_OF_DOCUMENT = 1_000;
const BYTES_PER_CHARACTER = 80;

/** Stands where a refused document was, so that neither validation nor the planner ever sees that one. */
const HARMLESS_TEXT = '{ __typename }';
const harmlessDocument = parse(HARMLESS_TEXT);

export interface AdmissionOptions {
  supergraphSdl: string;
  limits: Limits;
  /** `null` where any document may be asked. */
  trustedDocuments: TrustedDocuments | null;
}

/**
 * Decides whether a request is planned at all. A plugin of Apollo Server can answer a refusal in one place only, after
 * validation, and validation of a hostile document is dear in itself. So a refused document is replaced by a harmless
 * one at once, and the refusal waits for that place.
 */
export function createAdmission(options: AdmissionOptions): ApolloServerPlugin<SubgraphCall> {
  const { limits, trustedDocuments } = options;
  const supergraph = buildASTSchema(parse(options.supergraphSdl), { assumeValidSDL: true });
  const refuseDearOperation = createOperationLimits(supergraph, limits);

  function refuseRequest(request: GraphQLRequest): GraphQLError | null {
    if (isDeeperThan(request.variables, MAX_VARIABLES_DEPTH)) {
      return refusal('MAX_DEPTH_LIMIT', `Variables may have ${MAX_VARIABLES_DEPTH} levels at most`, {
        limit: MAX_VARIABLES_DEPTH,
      });
    }
    return trustedDocuments
      ? resolveTrustedDocument(request, documentIdOf(request), trustedDocuments)
      : refuseBadPersistedQuery(request);
  }

  return {
    async requestDidStart({ request }) {
      let refused = refuseRequest(request);
      if (refused) {
        request.query = HARMLESS_TEXT;
        request.extensions = {};
      }
      return {
        async parsingDidStart(context) {
          return async (syntaxError) => {
            if (syntaxError || refused) return;
            const document = (context as { document?: DocumentNode }).document;
            refused = document ? refuseLargeDocument(document, limits) : null;
            if (refused) (context as { document?: DocumentNode }).document = harmlessDocument;
          };
        },
        async didResolveOperation({ document, operation }) {
          if (refused) throw refused;
          if (!operation) return;
          const variables = request.variables ?? {};
          const unfit =
            refuseNullCondition(document, variables) ?? refuseDearOperation(document, operation, variables);
          if (unfit) throw unfit;
        },
      };
    },
  };
}

/** Documents that were parsed, found within the limits and validated before; 10 MB of them. */
export function createDocumentStore(metrics: Metrics): BoundedStore<DocumentNode> {
  return createBoundedStore<DocumentNode>({
    maxBytes: MAX_DOCUMENT_STORE_BYTES,
    sizeOf: (document) => BYTES_OF_DOCUMENT + (document.loc?.end ?? 0) * BYTES_PER_CHARACTER,
    // Apollo Server would keep it under the hash of the text that it replaced.
    keeps: (document) => document !== harmlessDocument,
    metrics,
    counted: { name: 'document_store', of: 'Parsed and validated documents' },
  });
}

function documentIdOf({ http }: GraphQLRequest): unknown {
  if (http?.method === 'GET') return new URLSearchParams(http.search).get('documentId') ?? undefined;
  const body: unknown = http?.body;
  return typeof body === 'object' && body !== null && 'documentId' in body ? body.documentId : undefined;
}
