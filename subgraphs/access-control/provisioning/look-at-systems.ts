import { registrySurveyViewer } from '../../../shared/identity/viewer';
import { innerCall } from '../../../shared/subgraph/deadline';
import type { SubgraphName } from '../../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../../shared/subgraph/transport';
import type { UniqueKey } from '../registry/claimed-keys';
import { askSystem, maySucceedLater } from './ask-system';
import type { PlanWarning } from './plan-conflicts';
import type { TenantSetUp } from './tenant-set-up';

/** A club of TeeTime's, whoever's it is. */
export interface ClubInTeeTime {
  id: string;
  clubCode: string;
  tenantId: string;
}

/** What the systems have of what is to be set up. What is `undefined` was not asked for, or the system did not answer. */
export interface InSystems {
  clubs?: ClubInTeeTime[];
  sclTenant?: { name: string; clubCount: number } | null;
  messagingTenant?: { provider: string | null } | null;
  templatePacks?: string[];
  /** Whether a run of the tenant has completed that set the same SCL clubs up; SCL tells no more than their number. */
  hasSclClubs: boolean;
}

interface SeenInSystems {
  seen: Omit<InSystems, 'hasSclClubs'>;
  /** One for each system that did not answer. */
  warnings: PlanWarning[];
}

const SURVEY_MS = 2_000;

const CLUBS = `query ClubsToSetUp($ids: [ID!], $codes: [String!]) {
  teeTimeClubs(ids: $ids, codes: $codes) { id clubCode tenantId }
}`;
const SCL = `query SclTenantToSetUp($keys: [String!]) {
  sclHoldings(first: 1, keys: $keys) { edges { node { name clubCount } } }
}`;
const MESSAGING = `query MessagingTenantToSetUp($keys: [String!]) {
  messagingHoldings(first: 1, keys: $keys) { edges { node { provider } } }
}`;
const CRM = `query CrmTenantToSetUp($keys: [String!]) {
  crmHoldings(first: 1, keys: $keys) { edges { node { templatePacks } } }
}`;

interface Holdings<Node> {
  edges: { node: Node }[];
}

const firstOf = <Node>({ edges }: Holdings<Node>): Node | null => edges[0]?.node ?? null;

/** The call by which a plan looks into the systems: for two seconds at most. */
export function surveyCallOf(call: SubgraphCall): SubgraphCall {
  return { ...innerCall(call, SURVEY_MS), viewer: registrySurveyViewer };
}

/**
 * Asks the systems what they have of what is to be set up for the tenant, all at once. `tenantId` is `null` where the tenant
 * is new.
 */
export async function lookAtSystems(
  subgraphs: Record<SubgraphName, SubgraphTransport>,
  { setUp, tenantId }: { setUp: TenantSetUp; tenantId: string | null },
  call: SubgraphCall,
): Promise<SeenInSystems> {
  const warnings: PlanWarning[] = [];
  async function ask<Answer>(
    name: SubgraphName,
    request: { query: string; variables: Record<string, unknown> } | null,
    path: string,
  ): Promise<Answer | undefined> {
    if (request === null) return undefined;
    try {
      return await askSystem<Answer>(subgraphs[name], request, call);
    } catch (error) {
      if (!maySucceedLater(error)) throw error;
      warnings.push({ path, code: 'SUBGRAPH_UNAVAILABLE', message: 'the system does not answer' });
      return undefined;
    }
  }
  const { scl, teeTime, messaging, crm } = setUp;
  const ids = teeTime?.clubIds ?? [];
  const codes = codesOf(teeTime);
  const hasClubs = ids.length + codes.length > 0;
  const asked = (query: string, key: string | null | undefined) =>
    key ? { query, variables: { keys: [key] } } : null;
  const [clubs, sclTenants, messagingTenants, crmTenants] = await Promise.all([
    ask<ClubInTeeTime[]>(
      'teetime',
      hasClubs ? { query: CLUBS, variables: { ids, codes } } : null,
      'input.teeTime',
    ),
    ask<Holdings<{ name: string; clubCount: number }>>('scl', asked(SCL, scl?.code), 'input.scl'),
    ask<Holdings<{ provider: string | null }>>(
      'messaging',
      asked(MESSAGING, messaging?.tenantId),
      'input.messaging',
    ),
    ask<Holdings<{ templatePacks: string[] }>>('crm', asked(CRM, crm?.templatePack && tenantId), 'input.crm'),
  ]);
  const seen = {
    clubs: hasClubs ? clubs : [],
    ...(sclTenants && { sclTenant: firstOf(sclTenants) }),
    ...(messagingTenants && { messagingTenant: firstOf(messagingTenants) }),
    ...(crmTenants && { templatePacks: firstOf(crmTenants)?.templatePacks ?? [] }),
  };
  return { seen, warnings };
}

/** The clubs to set up that TeeTime has for another tenant. */
export function foreignClubs(
  { clubs = [] }: Pick<InSystems, 'clubs'>,
  { teeTime }: TenantSetUp,
  tenantId: string | null,
): UniqueKey[] {
  const foreign = clubs.filter((club) => club.tenantId !== tenantId);
  const ids = teeTime?.clubIds ?? [];
  const codes = codesOf(teeTime);
  return [
    ...foreign.flatMap(({ id }) => (ids.includes(id) ? [{ kind: 'CLUB_ID', key: id } as const] : [])),
    ...foreign.flatMap(({ clubCode }) =>
      codes.includes(clubCode) ? [{ kind: 'CLUB_CODE', key: clubCode } as const] : [],
    ),
  ];
}

/** The clubs to set up by their codes that the tenant has in TeeTime already: a run maps them under the ids that they have. */
export function adoptedClubs(
  { clubs = [] }: Pick<InSystems, 'clubs'>,
  { teeTime }: TenantSetUp,
  tenantId: string | null,
): ClubInTeeTime[] {
  const codes = codesOf(teeTime);
  return clubs.filter((club) => club.tenantId === tenantId && codes.includes(club.clubCode));
}

/** How many of the clubs to set up the tenant has not in TeeTime yet. */
export function countNewClubs(
  inSystems: Pick<InSystems, 'clubs'>,
  setUp: TenantSetUp,
  tenantId: string | null,
): number {
  const own = adoptedClubs(inSystems, setUp, tenantId).map(({ clubCode }) => clubCode);
  return new Set(codesOf(setUp.teeTime).filter((code) => !own.includes(code))).size;
}

function codesOf(teeTime: TenantSetUp['teeTime']): string[] {
  return (teeTime?.clubs ?? []).map(({ clubCode }) => clubCode);
}
