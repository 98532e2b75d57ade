import { measure } from './measure';
import type { SceneResult } from './report';
import type { SceneSurroundings } from './scene-run';
import { documentRequest, type Request } from './scenes';

const TURNS = 8;
const REQUESTS_OF_TURN = 25_000;
/** Of so many requests one has a document that was never sent before: 5 000 of all 200 000. */
const ONE_IN = 40;
/** Documents that everybody sends. */
const POPULAR = 200;

/**
 * What one process keeps while 200 000 requests come with 5 000 distinct documents, more than its caches hold.
 * A row for each 25 000; where something is kept of each request or document, the last row is larger than the ones before it.
 */
export async function measureMemory(surroundings: SceneSurroundings): Promise<SceneResult> {
  const { running, postgres } = surroundings;
  const ours = running.all.find(({ variant }) => variant.name === 'ours');
  const rows: SceneResult['rows'] = [];
  for (let turn = 0; ours && turn < TURNS; turn += 1) {
    const load = { requests: requestsOf(turn, surroundings), for: 'once' } as const;
    const sample = await running.alone(ours, () => measure(ours.processes, postgres, load));
    const name = `ours, ${(turn + 1) * REQUESTS_OF_TURN} requests`;
    rows.push({ name, sample });
    console.log(`${name}: ${sample.rssMegabytes.toFixed(0)} MB`);
  }
  return { title: 'Memory over 200 000 requests with 5 000 documents', rows };
}

function requestsOf(turn: number, { known, authorization }: SceneSurroundings): Request[] {
  return Array.from({ length: REQUESTS_OF_TURN }, (_, index) => {
    const number = turn * REQUESTS_OF_TURN + index;
    const document = number % ONE_IN === 0 ? POPULAR + number / ONE_IN : number % POPULAR;
    const request = documentRequest(document, known);
    return { ...request, headers: { ...request.headers, authorization } };
  });
}
