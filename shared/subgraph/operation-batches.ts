import type { Dispatcher } from 'undici';
import { AnswerLate, postForLines, type TextAnswer } from '../http/post';
import { BATCH_TYPE, MAX_BATCHED, operationLine, readAnswerLine } from './batch-lines';

/** An operation on its way to a subgraph of ours. */
export interface SentOperation {
  headers: Record<string, string>;
  /** The operation as JSON. */
  text: string;
  /** Until the last byte of its answer. */
  timeoutMs: number;
}

export type SendOperation = (operation: SentOperation) => Promise<TextAnswer>;

/** An operation with more characters goes alone, so that others need not wait until it is read. */
const MAX_BATCHED_CHARACTERS = 100_000;

interface Gathered extends SentOperation {
  resolve(answer: TextAnswer): void;
  reject(error: unknown): void;
}

/**
 * Sends what is asked of a subgraph in one turn of the event loop in one request. Each operation is answered when its own
 * answer has come, and is late at its own time; one that is alone in its turn goes by `sendAlone`.
 */
export function createOperationBatches(
  dispatcher: Dispatcher,
  path: string,
  sendAlone: SendOperation,
): SendOperation {
  let gathered: Gathered[] = [];

  function sendGathered(): void {
    const batch = gathered;
    gathered = [];
    const [first] = batch;
    if (first && batch.length === 1) sendAlone(first).then(first.resolve, first.reject);
    else sendTogether(dispatcher, path, batch);
  }

  return (operation) => {
    if (operation.text.length > MAX_BATCHED_CHARACTERS) return sendAlone(operation);
    return new Promise((resolve, reject) => {
      gathered.push({ ...operation, resolve, reject });
      if (gathered.length === 1) setImmediate(sendGathered);
      // A full one waits for no other; the turn's end finds what came after it.
      if (gathered.length === MAX_BATCHED) sendGathered();
    });
  };
}

async function sendTogether(dispatcher: Dispatcher, path: string, batch: Gathered[]): Promise<void> {
  const [first] = batch;
  if (!first) return;
  const unanswered = new Map(batch.map((one, index) => [index, withTimeOut(one)]));
  const posted = {
    path,
    // Who sends the first operation may send lines at all.
    headers: { ...first.headers, 'content-type': BATCH_TYPE, accept: BATCH_TYPE },
    text: batch.map(({ headers, text }) => operationLine(headers, text)).join('\n'),
    timeoutMs: Math.max(...batch.map(({ timeoutMs }) => timeoutMs)),
  };
  try {
    const statusCode = await postForLines(dispatcher, posted, (line) => {
      const read = readAnswerLine(line);
      if (!read) return;
      unanswered.get(read.index)?.resolve(read.answer);
      unanswered.delete(read.index);
    });
    for (const { resolve } of unanswered.values()) resolve({ statusCode, text: '' });
  } catch (error) {
    for (const { reject } of unanswered.values()) reject(error);
  }
}

function withTimeOut({ timeoutMs, resolve, reject }: Gathered): Pick<Gathered, 'resolve' | 'reject'> {
  const timer = setTimeout(() => reject(new AnswerLate(timeoutMs)), timeoutMs);
  return {
    resolve(answer) {
      clearTimeout(timer);
      resolve(answer);
    },
    reject(error) {
      clearTimeout(timer);
      reject(error);
    },
  };
}
