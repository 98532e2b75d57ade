import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { StartError } from '../shared/start-error';
import { type Request, UNIQUE } from './scenes';
import type { ServerProcess } from './server-process';

/** Somebody whose answers are compared. */
export interface Answering {
  name: string;
  process: ServerProcess;
  requests: Request[];
}

const COMPARED_REQUESTS = 20;

/** Asks all of them the same. Throws a `StartError` that shows the first answer that is not as the first one's. */
export async function assertEqualAnswers(scene: string, answering: Answering[]): Promise<void> {
  const [reference, ...others] = answering;
  if (!reference) return;
  const step = Math.max(1, Math.floor(reference.requests.length / COMPARED_REQUESTS));
  for (let index = 0; index < reference.requests.length; index += step) {
    const expected = await ask(reference, index);
    for (const other of others) {
      const answer = await ask(other, index);
      if (isDeepStrictEqual(answer, expected)) continue;
      throw new StartError(
        `${other.name} answers ${scene} otherwise than ${reference.name}:\n${JSON.stringify(answer)}\n${JSON.stringify(expected)}`,
      );
    }
  }
}

async function ask({ name, process, requests }: Answering, index: number): Promise<unknown> {
  const request = requests[index % requests.length];
  if (!request) throw new Error(`${name} has no request ${index}`);
  const { method, path, headers } = request;
  const body = request.body?.replaceAll(UNIQUE, randomUUID());
  const response = await fetch(`http://127.0.0.1:${process.port}${path}`, { method, headers, body });
  const text = await response.text();
  const { data, errors } = response.ok ? (JSON.parse(text) as { data?: unknown; errors?: unknown }) : {};
  if (!data || errors) throw new StartError(`${name} answered ${path} with ${response.status}: ${text}`);
  return data;
}
