import { DATA_SIZE, replaceCustomers } from './data';
import type { SceneResult } from './report';
import { type Extent, runScene, type SceneSurroundings } from './scene-run';
import { scenes } from './scenes';

const CUSTOMERS_PER_TENANT = [10, 100, 1_000];
/** Whose throughput must not depend on how much there is. */
const GROWING = ['raw', 'ours'];

/** The main query with ever more customers; the last result holds the sizes against each other. */
export async function* measureGrowth({
  databaseUrl,
  ...surroundings
}: SceneSurroundings & Extent & { databaseUrl: string }): AsyncGenerator<SceneResult> {
  const [main] = scenes;
  if (!main) return;
  const { running } = surroundings;
  const all = running.all.filter(({ variant }) => GROWING.includes(variant.name));
  const bySize: SceneResult['rows'] = [];
  for (const customersPerTenant of CUSTOMERS_PER_TENANT) {
    await replaceCustomers(databaseUrl, { ...DATA_SIZE, customersPerTenant });
    const customers = (customersPerTenant * DATA_SIZE.tenants).toLocaleString('en').replaceAll(',', ' ');
    const result = await runScene(main, { ...surroundings, running: { ...running, all } });
    yield { ...result, title: `Main query with ${customers} customers` };
    const ours = result.rows.find(({ name }) => name === 'ours');
    if (ours) bySize.push({ ...ours, name: `ours, ${customers}` });
  }
  yield { title: 'Growth of one process', rows: bySize };
}
