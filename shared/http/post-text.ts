import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

export interface PostedText {
  path: string;
  headers: Record<string, string>;
  text: string;
  /** Until the last byte of the answer. */
  timeoutMs: number;
}

export interface TextAnswer {
  statusCode: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** The answer did not come as a whole within the time that it was given. */
export class AnswerLate extends Error {
  constructor(milliseconds: number) {
    super(`There was no answer within ${milliseconds} ms`);
    this.name = 'AnswerLate';
  }
}

/**
 * Posts a text, once, and answers the text that came back. Rejects with `AnswerLate` when it has not come in time. undici's own
 * `request` makes a stream of every answer, which with a signal for its time costs twice as much as all else.
 */
export function postText(
  dispatcher: Dispatcher,
  { path, headers, text, timeoutMs }: PostedText,
): Promise<TextAnswer> {
  return new Promise((resolve, reject) => {
    const answer = { statusCode: 0, headers: {} as IncomingHttpHeaders };
    const chunks: Buffer[] = [];
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
        onResponseStart(_controller, statusCode, answered) {
          answer.statusCode = statusCode;
          answer.headers = answered;
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          clearTimeout(timer);
          resolve({ ...answer, text: Buffer.concat(chunks).toString() });
        },
        onResponseError(_controller, error) {
          clearTimeout(timer);
          reject(error);
        },
      },
    );
  });
}
