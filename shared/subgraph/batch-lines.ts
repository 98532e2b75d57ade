import { CodedError } from '../errors/coded-error';
import type { TextAnswer } from '../http/post';

/**
 * Several operations travel in one request as lines of JSON (https://jsonlines.org), and their answers come back as lines, each
 * when it is ready. A line of an operation has what a request of its own has as headers and as body; a line of an answer has
 * the number of the operation's line, the status, and the body.
 */
export const BATCH_TYPE = 'application/jsonl';

/** A subgraph reads no more operations of one request. */
export const MAX_BATCHED = 32;

/** `text` is the operation as JSON. */
export function operationLine(headers: Record<string, string>, text: string): string {
  return `[${JSON.stringify(headers)},${text}]`;
}

/** Throws `BAD_REQUEST` for a line that `operationLine` did not write. */
export function readOperationLine(line: string): { headers: Record<string, string>; body: unknown } {
  const [headers, body] = parseLine(line);
  if (isTextByName(headers)) return { headers, body };
  throw new CodedError('BAD_REQUEST', 'The line has no headers and operation');
}

function isTextByName(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

function parseLine(line: string): unknown[] {
  try {
    const read: unknown = JSON.parse(line);
    return Array.isArray(read) ? read : [];
  } catch (cause) {
    throw new CodedError('BAD_REQUEST', 'The line is not valid JSON', { cause });
  }
}

export function answerLine(index: number, { status, body }: { status: number; body: object }): string {
  return `[${index},${status},${JSON.stringify(body)}]`;
}

/** `null` for a line that `answerLine` did not write. */
export function readAnswerLine(line: string): { index: number; answer: TextAnswer } | null {
  const [start, index, statusCode] = /^\[(\d+),(\d+),/.exec(line) ?? [];
  if (start === undefined) return null;
  return {
    index: Number(index),
    answer: { statusCode: Number(statusCode), text: line.slice(start.length, -1) },
  };
}
