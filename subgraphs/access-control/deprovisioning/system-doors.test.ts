import { bySubgraph } from '../../../shared/settings';
import { tookTooLong } from '../../../shared/subgraph/deadline';
import { type SubgraphResponse, systemCall } from '../../../shared/subgraph/transport';
import { doorsOf } from './system-doors';

function crmThat(answers: () => Promise<SubgraphResponse>) {
  const subgraphs = bySubgraph(() => ({ execute: answers, checkHealth: async () => undefined }));
  const tenant = {
    tenantId: '0197c0de-0000-7000-8000-000000000000',
    entry: null,
    formerKeys: [],
    onBehalfOf: 'x',
  };
  const crm = doorsOf(subgraphs, tenant, () => systemCall('removal', 200)).find(({ name }) => name === 'crm');
  if (!crm) throw new Error('CRM has no door');
  return crm;
}

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4002'), { code: 'ECONNREFUSED' });

test.each<[string, () => Promise<SubgraphResponse>]>([
  ['refuses the connection', () => Promise.reject(refused)],
  ['lets the time pass', () => Promise.reject(tookTooLong())],
  ['hangs', () => new Promise(() => undefined)],
])('a system that %s is named as one that does not answer', async (_name, answers) => {
  await expect(crmThat(answers).exportRows(null)).rejects.toThrow('crm: the system does not answer');
});

test('what a system refuses is told in its words', async () => {
  const errors = [{ message: 'the tenant is not disabled', extensions: { code: 'CONFLICT' } }];
  const crm = crmThat(async () => ({ data: null, errors }));
  await expect(crm.removeRows()).rejects.toThrow('crm: the tenant is not disabled');
});
