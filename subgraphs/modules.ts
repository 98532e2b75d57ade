import type { SubgraphModule } from '../shared/subgraph/module';
import { type SubgraphName, subgraphNames } from '../shared/subgraph/names';

const loaders: Record<SubgraphName, () => Promise<SubgraphModule>> = {
  'access-control': async () => (await import('./access-control/subgraph')).accessControl,
  crm: async () => (await import('./crm/subgraph')).crm,
  teetime: async () => (await import('./teetime/subgraph')).teetime,
  scl: async () => (await import('./scl/subgraph')).scl,
  messaging: async () => (await import('./messaging/subgraph')).messaging,
};

/** One subgraph; a process that serves one loads no other. */
export function loadSubgraph(name: SubgraphName): Promise<SubgraphModule> {
  return loaders[name]();
}

/** All five, Access Control first. */
export function loadSubgraphs(): Promise<SubgraphModule[]> {
  return Promise.all(subgraphNames.map(loadSubgraph));
}
