import { type SubgraphTransport, systemCall } from '../../../shared/subgraph/transport';
import { findMappedTenant } from './mapped-tenant';

test('an Access Control that hangs is named before the call itself is over', async () => {
  const hanging: SubgraphTransport = {
    execute: () => new Promise<never>(() => undefined),
    checkHealth: async () => undefined,
  };
  const call = systemCall('test', 1_000);
  await expect(findMappedTenant(hanging, 'a club', call)).rejects.toMatchObject({
    code: 'SUBGRAPH_UNAVAILABLE',
  });
  expect(Date.now()).toBeLessThan(call.deadline);
});
