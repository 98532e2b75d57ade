import { CodedError } from '../../../shared/errors/coded-error';
import { registrySurveyViewer } from '../../../shared/identity/viewer';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../../shared/subgraph/transport';
import { keptKey, keyFields, type SystemKey } from '../registry/replaced-keys';
import { askSystem, maySucceedLater } from './ask-system';
import { asConflict, type PlanConflict, type PlanWarning } from './plan-conflicts';

const systems = {
  SCL_CODE: {
    subgraph: 'scl',
    name: 'SCL',
    data: 'clubs',
    query: `query ClubsUnderCode($keys: [String!]) {
      sclHoldings(first: 1, keys: $keys) { edges { node { count: clubCount } } }
    }`,
  },
  MESSAGING_ID: {
    subgraph: 'messaging',
    name: 'Messaging',
    data: 'contacts',
    query: `query ContactsUnderId($keys: [String!]) {
      messagingHoldings(first: 1, keys: $keys) { edges { node { count: contactCount } } }
    }`,
  },
} as const satisfies Record<SystemKey['kind'], { subgraph: SubgraphName; [text: string]: string }>;

/**
 * Lets another key come in the place of one that a tenant has, while nothing is under that in its system: the tenant would
 * lose it, and whoever takes the key next would get it. Throws `CONFLICT`, or `SUBGRAPH_UNAVAILABLE` when the system does
 * not say.
 */
export async function assertReplaceable(
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  replaced: SystemKey,
  call: SubgraphCall,
): Promise<void> {
  const { subgraph, name, data, query } = systems[replaced.kind];
  const { edges } = await askSystem<{ edges: { node: { count: number } }[] }>(
    subgraphs[subgraph],
    { query, variables: { keys: [replaced.key] } },
    { ...call, viewer: registrySurveyViewer },
  ).catch((error: unknown) => {
    throw maySucceedLater(error) ? noAnswer(replaced, error) : error;
  });
  if (edges.some(({ node }) => node.count > 0)) throw keptKey(replaced, `with ${data} under it in ${name}`);
}

/** What a plan says of keys that are to be replaced. */
export async function lookAtReplacedKeys(
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  replaced: readonly SystemKey[],
  call: SubgraphCall,
): Promise<{ conflicts: PlanConflict[]; warnings: PlanWarning[] }> {
  const refusals = await Promise.all(
    replaced.map((key) =>
      assertReplaceable(subgraphs, key, call).then(
        () => null,
        (error: unknown) => {
          if (error instanceof CodedError) return error;
          throw error;
        },
      ),
    ),
  );
  return {
    conflicts: refusals.flatMap((refusal) => (refusal ? [asConflict(refusal)] : [])),
    warnings: replaced.flatMap((key, index) => (refusals[index] ? [] : [replacement(key)])),
  };
}

function replacement({ kind, key }: SystemKey): PlanWarning {
  const { path, name } = keyFields[kind];
  const { data, name: system } = systems[kind];
  const message = `the tenant has the ${name} ${key}, without ${data} in ${system}; it loses it, and others may take it`;
  return { path, code: 'KEY_REPLACED', message };
}

function noAnswer({ kind, key }: SystemKey, cause: unknown): CodedError {
  const { path, name } = keyFields[kind];
  const message = `the tenant has the ${name} ${key}, and ${systems[kind].name} does not say whether anything is under it`;
  const fields = [{ path, constraint: 'answers', message }];
  return new CodedError('SUBGRAPH_UNAVAILABLE', `${path}: ${message}`, { fields, cause });
}
