import type { SubgraphName } from '../../../../shared/subgraph/names';
import type { SubgraphRequest } from '../../../../shared/subgraph/transport';
import type { ProvisioningSystem } from '../../graphql.generated';
import type { TenantProvisionConfig } from '../../registry/provision-config';
import type { Tenant } from '../../tenants/tenant.entity';
import type { RunAtWork } from './run-at-work';

/** What a system answers when a run has set it up; TeeTime says which clubs are to be mapped. */
export interface SystemSetUp {
  clubIds?: string[];
}

/** What a system answers when it took a run's records back. */
export interface TakenBack {
  kept: { id: string; reason: string }[];
}

/** How a run's step in one system is done and taken back; a request that is `null` is none. */
interface SystemStep {
  subgraph: SubgraphName;
  setUp(run: RunAtWork, tenant: Tenant): SubgraphRequest | null;
  /** What the registry says when the system has answered. */
  registryPart(run: RunAtWork, answer: SystemSetUp): TenantProvisionConfig;
  takeBack(run: RunAtWork): SubgraphRequest | null;
}

type System = Exclude<ProvisioningSystem, 'ACCESS_CONTROL'>;

const takeBack = (system: string, input: object): SubgraphRequest => ({
  query: `mutation TakeBackIn${system}($input: TakeBackIn${system}Input!) {
    takeBackIn${system}(input: $input) { kept { id reason } }
  }`,
  variables: { input },
});

const keysOf = ({ id, tenantId }: RunAtWork) => ({ runId: id, tenantId });

export const systemSteps: Record<System, SystemStep> = {
  SCL: {
    subgraph: 'scl',
    setUp(run, tenant) {
      const { scl } = run.setUp;
      return {
        query: `mutation SetUpInScl($input: SetUpInSclInput!) { setUpInScl(input: $input) { created } }`,
        variables: { input: { ...keysOf(run), ...scl, name: scl?.name ?? tenant.displayName } },
      };
    },
    registryPart: ({ setUp: { scl } }) => ({ scl }),
    takeBack: (run) => takeBack('Scl', { ...keysOf(run), code: run.setUp.scl?.code }),
  },
  TEETIME: {
    subgraph: 'teetime',
    setUp: (run) => ({
      query: `mutation SetUpInTeeTime($input: SetUpInTeeTimeInput!) { setUpInTeeTime(input: $input) { clubIds } }`,
      variables: { input: { ...keysOf(run), ...run.setUp.teeTime } },
    }),
    registryPart: (_run, { clubIds = [] }) => ({ teeTime: { clubIds } }),
    takeBack: (run) => takeBack('TeeTime', keysOf(run)),
  },
  MESSAGING: {
    subgraph: 'messaging',
    setUp(run) {
      const { tenantId, provider } = run.setUp.messaging ?? {};
      const input = { ...keysOf(run), messagingTenantId: tenantId, provider };
      return {
        query: `mutation SetUpInMessaging($input: SetUpInMessagingInput!) { setUpInMessaging(input: $input) { created } }`,
        variables: { input },
      };
    },
    registryPart: ({ setUp: { messaging } }) => ({ messaging }),
    takeBack: (run) =>
      takeBack('Messaging', { ...keysOf(run), messagingTenantId: run.setUp.messaging?.tenantId }),
  },
  CRM: {
    subgraph: 'crm',
    setUp(run) {
      const { crm } = run.setUp;
      if (!crm?.enabled) return null;
      return {
        query: `mutation SetUpInCrm($input: SetUpInCrmInput!) { setUpInCrm(input: $input) { created } }`,
        variables: { input: { ...keysOf(run), templatePack: crm.templatePack } },
      };
    },
    registryPart: ({ setUp: { crm } }) => ({ crm }),
    takeBack: (run) => (run.setUp.crm?.enabled ? takeBack('Crm', keysOf(run)) : null),
  },
};
