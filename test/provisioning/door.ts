import { provisioningViewer, registrySurveyViewer, type Viewer } from '../../shared/identity/viewer';
import type { SubgraphName } from '../../shared/subgraph/names';
import { type SubgraphResponse, systemCall } from '../../shared/subgraph/transport';
import type { TestGraph } from '../testkit/graph';

/** Access Control as it works on one tenant in the systems. */
export interface Door {
  request(
    system: SubgraphName,
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<SubgraphResponse>;
  /** The data's one field, of an answer that must have no errors. */
  // biome-ignore lint/suspicious/noExplicitAny: a story reads answers whose shape its own query states
  ask(system: SubgraphName, query: string, variables?: Record<string, unknown>): Promise<any>;
  /** The first error of an answer that must have one. */
  refusal(system: SubgraphName, query: string, variables?: Record<string, unknown>): Promise<Refusal>;
}

export interface Refusal {
  code: string;
  path: string | undefined;
  message: string;
}

/** The operator for whom Access Control works in these stories. */
export const OPERATOR = 'thandi';

export function doorOf(graph: TestGraph, tenantId: string): Door {
  return doorAs(graph, provisioningViewer(tenantId, OPERATOR));
}

/** Access Control as it looks at what the systems hold of all tenants. */
export function surveyOf(graph: TestGraph): Door {
  return doorAs(graph, registrySurveyViewer);
}

export function doorAs(graph: TestGraph, viewer: Viewer): Door {
  async function request(system: SubgraphName, query: string, variables?: Record<string, unknown>) {
    const answer = await graph
      .subgraph(system)
      .execute({ query, variables }, { ...systemCall('run'), viewer });
    // As it comes over HTTP: dates are texts, and errors have no stack.
    return JSON.parse(JSON.stringify(answer)) as SubgraphResponse;
  }
  return {
    request,
    async ask(system, query, variables) {
      const { data, errors } = await request(system, query, variables);
      if (errors) throw new Error(`${system} answered errors: ${JSON.stringify(errors)}`);
      return Object.values(data ?? {})[0];
    },
    async refusal(system, query, variables) {
      const [error] = (await request(system, query, variables)).errors ?? [];
      if (!error) throw new Error(`${system} did not refuse`);
      const { code, fields } = error.extensions as { code: string; fields?: { path: string }[] };
      return { code, path: fields?.[0]?.path, message: error.message };
    },
  };
}

const SET_UP = '{ created adopted }';

/** The documents by which Access Control speaks to each system. */
export const setUp = {
  scl: `mutation ($input: SetUpInSclInput!) { setUpInScl(input: $input) ${SET_UP} }`,
  teetime:
    'mutation ($input: SetUpInTeeTimeInput!) { setUpInTeeTime(input: $input) { clubIds created adopted } }',
  messaging: `mutation ($input: SetUpInMessagingInput!) { setUpInMessaging(input: $input) ${SET_UP} }`,
  crm: `mutation ($input: SetUpInCrmInput!) { setUpInCrm(input: $input) ${SET_UP} }`,
} as const;

const TAKEN_BACK = '{ removed kept { id reason } }';

export const takeBack = {
  scl: `mutation ($input: TakeBackInSclInput!) { takeBackInScl(input: $input) ${TAKEN_BACK} }`,
  teetime: `mutation ($input: TakeBackInTeeTimeInput!) { takeBackInTeeTime(input: $input) ${TAKEN_BACK} }`,
  messaging: `mutation ($input: TakeBackInMessagingInput!) { takeBackInMessaging(input: $input) ${TAKEN_BACK} }`,
  crm: `mutation ($input: TakeBackInCrmInput!) { takeBackInCrm(input: $input) ${TAKEN_BACK} }`,
} as const;
