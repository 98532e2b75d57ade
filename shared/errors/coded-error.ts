import { GraphQLError } from 'graphql';
import type { ErrorCode } from './catalogue';

/** One broken rule: `path` as the caller wrote it (`input.slug`), the rule's name, and a sentence for people. */
export interface FieldProblem {
  path: string;
  constraint: string;
  message: string;
}

/**
 * An error of the catalogue. Its message, code and fields reach the caller as they are, so none of them may
 * carry text of the database or of a library; such text belongs into `cause`, which stops at the log.
 */
export class CodedError extends GraphQLError {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { fields?: FieldProblem[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, {
      extensions: {
        code,
        ...(options.fields ? { fields: options.fields } : {}),
        ...(options.retryAfterSeconds ? { retryAfterSeconds: options.retryAfterSeconds } : {}),
      },
      originalError: options.cause instanceof Error ? options.cause : undefined,
    });
    this.name = 'CodedError';
  }
}

/** Whether the error says that what was needed could not be reached, and nothing of what was asked of it. */
export function isOutage(error: unknown): boolean {
  return error instanceof CodedError && OUTAGES.includes(error.code);
}

const OUTAGES: readonly ErrorCode[] = ['SUBGRAPH_UNAVAILABLE', 'REQUEST_TIMEOUT'];

/** `BAD_USER_INPUT` for exactly one field. */
export function badInput(path: string, constraint: string, message: string): CodedError {
  return new CodedError('BAD_USER_INPUT', `${path}: ${message}`, { fields: [{ path, constraint, message }] });
}

/** `NOT_FOUND` for the thing that an id in the input should name. */
export function notFound(path: string, thing: string): CodedError {
  return notThere(path, `no ${thing} has this id`);
}

/** `NOT_FOUND` for what the input is about, as the message says. */
export function notThere(path: string, message: string): CodedError {
  return new CodedError('NOT_FOUND', `${path}: ${message}`, {
    fields: [{ path, constraint: 'exists', message }],
  });
}

/** `TENANT_NOT_FOUND` for a key that should name a tenant. */
export function tenantNotFound(path: string, message = 'no tenant has this key'): CodedError {
  return new CodedError('TENANT_NOT_FOUND', `${path}: ${message}`, {
    fields: [{ path, constraint: 'exists', message }],
  });
}

/** `CONFLICT` for a value that another record holds. */
export function conflict(path: string, message: string, cause?: unknown): CodedError {
  return new CodedError('CONFLICT', `${path}: ${message}`, {
    fields: [{ path, constraint: 'unique', message }],
    cause,
  });
}

/** `CONFLICT` for what the state of a record does not allow, whatever value is chosen. */
export function stateConflict(path: string, message: string): CodedError {
  return new CodedError('CONFLICT', `${path}: ${message}`, {
    fields: [{ path, constraint: 'state', message }],
  });
}

/** Ends a switch over a closed set, so that the compiler names the case that was forgotten. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${String(value)}`);
}
