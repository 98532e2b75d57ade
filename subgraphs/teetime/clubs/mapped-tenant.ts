import { CodedError, stateConflict } from '../../../shared/errors/coded-error';
import { lookUpViewer } from '../../../shared/identity/viewer';
import { beforeDeadline, innerCall } from '../../../shared/subgraph/deadline';
import type { SubgraphCall, SubgraphTransport } from '../../../shared/subgraph/transport';

const QUERY = 'query TenantOfClub($clubId: ID!) { tenantRegistry(teeTimeClubId: $clubId) { tenantId } }';

/**
 * The UUID of the tenant to which the registry maps a club at this moment, whoever asks; `null` for none. Throws
 * `SUBGRAPH_UNAVAILABLE` when Access Control does not answer within a share of the call, and `REQUEST_TIMEOUT` when the call is
 * over.
 */
export async function findMappedTenant(
  accessControl: SubgraphTransport,
  clubId: string,
  call: SubgraphCall,
): Promise<string | null> {
  const request = { query: QUERY, variables: { clubId } };
  const asked = { ...innerCall(call), viewer: lookUpViewer };
  const { data, errors } = await beforeDeadline(asked, () => accessControl.execute(request, asked)).catch(
    (cause: unknown) => {
      throw unavailable(cause);
    },
  );
  if (errors?.[0] || !data) throw unavailable(new Error(errors?.[0]?.message ?? 'an answer without data'));
  const entry = data['tenantRegistry'] as { tenantId: string } | null;
  return entry?.tenantId ?? null;
}

/** `CONFLICT` for a club that the registry maps to another tenant than the caller's. */
export function mappedElsewhere(path: string): CodedError {
  return stateConflict(path, 'the registry maps the club to another tenant; removeTeeTimeClub there first');
}

function unavailable(cause: unknown): CodedError {
  const message = 'Access Control does not answer, so nobody knows to whom the registry maps the club';
  return new CodedError('SUBGRAPH_UNAVAILABLE', message, { cause });
}
