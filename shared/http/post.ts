import type { Dispatcher } from 'undici';

export interface Posted {
  path: string;
  headers: Record<string, string>;
  text: string;
  /** Until the last byte of the answer. */
  timeoutMs: number;
}

export interface TextAnswer {
  statusCode: number;
  text: string;
}

/** The answer did not come as a whole within the time that it was given. */
export class AnswerLate extends Error {
  constructor(milliseconds: number) {
    super(`There was no answer within ${milliseconds} ms`);
    this.name = 'AnswerLate';
  }
}

/** Neither an answer nor a line of it may have more bytes. */
const MAX_BYTES = 32 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Posts a text, once, and answers the text that came back. Rejects with `AnswerLate` when it has not come in time. */
export async function postText(dispatcher: Dispatcher, posted: Posted): Promise<TextAnswer> {
  const held = new HeldBytes();
  const statusCode = await post(dispatcher, posted, (chunk) => held.hold(chunk));
  return { statusCode, text: held.take() };
}

/**
 * Posts a text, once, and hands each line of what comes back to `onLine` when it has come. Answers the status. Rejects with
 * `AnswerLate` when the last line has not come in time.
 */
export function postForLines(
  dispatcher: Dispatcher,
  posted: Posted,
  onLine: (line: string) => void,
): Promise<number> {
  const held = new HeldBytes();
  return post(dispatcher, posted, (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      held.hold(chunk.subarray(start, end));
      onLine(held.take());
      start = end + 1;
    }
    held.hold(chunk.subarray(start));
  });
}

class HeldBytes {
  #chunks: Buffer[] = [];
  #size = 0;

  /** Throws when there are too many. */
  hold(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > MAX_BYTES) throw new Error(`The answer has more than ${MAX_BYTES} bytes`);
    this.#chunks.push(chunk);
  }

  take(): string {
    const text = Buffer.concat(this.#chunks).toString();
    this.#chunks = [];
    this.#size = 0;
    return text;
  }
}

/**
 * Posts a text and answers the status when the answer has come; after an error of `onData` no more of it is read. undici's own
 * `request` makes a stream of every answer, which with a signal for its time costs twice as much as all else.
 */
function post(
  dispatcher: Dispatcher,
  { path, headers, text, timeoutMs }: Posted,
  onData: (chunk: Buffer) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let controller: Dispatcher.DispatchController | undefined;
    let late: Error | undefined;
    const timer = setTimeout(() => {
      late = new AnswerLate(timeoutMs);
      controller?.abort(late);
      reject(late);
    }, timeoutMs);

    dispatcher.dispatch(
      { method: 'POST', path, headers, body: text },
      {
        onRequestStart(started) {
          controller = started;
          if (late) started.abort(late);
        },
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData(answering, chunk) {
          try {
            onData(chunk);
          } catch (error) {
            answering.abort(error as Error);
          }
        },
        onResponseEnd() {
          clearTimeout(timer);
          resolve(status);
        },
        onResponseError(_controller, error) {
          clearTimeout(timer);
          reject(error);
        },
      },
    );
  });
}
