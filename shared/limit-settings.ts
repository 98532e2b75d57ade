import { type CleanedEnv, cleanEnv, str } from 'envalid';
import { between } from './setting-validators';

/** What one request may ask of the gateway. Each number is the largest that still passes. */
export interface Limits {
  /** Bytes of the request's body, after it was unpacked. */
  bodyBytes: number;
  /** Lexical tokens of the document. */
  tokens: number;
  /** Fields inside of each other. */
  depth: number;
  aliases: number;
  /** Fields at the top of the operation. */
  rootFields: number;
  directives: number;
  /** Fields of the operation once every fragment is written out; it bounds what the planner has to do. */
  selections: number;
  /** How often one path comes through the same entity, as in a tenant's customers' tenant. */
  recursion: number;
  /** The estimated cost by `@cost` and `@listSize`. */
  cost: number;
  /** Milliseconds from a request's arrival to its answer. */
  requestMs: number;
  /** A file that lists the only documents that run; `null` where any may be asked. */
  trustedDocumentsFile: string | null;
}

/** The environment variables of the limits, with their rules. */
export const limitVariables = {
  MAX_BODY_BYTES: between(1_024, 16_777_216)({ default: 256 * 1_024 }),
  MAX_TOKENS: between(10, 20_000)({ default: 2_000 }),
  MAX_DEPTH: between(1, 100)({ default: 12 }),
  MAX_ALIASES: between(0, 1_000)({ default: 30 }),
  MAX_ROOT_FIELDS: between(1, 1_000)({ default: 20 }),
  MAX_DIRECTIVES: between(0, 1_000)({ default: 50 }),
  MAX_SELECTIONS: between(10, 10_000)({ default: 300 }),
  MAX_RECURSION: between(1, 100)({ default: 3 }),
  MAX_COST: between(1, 100_000_000)({ default: 25_000 }),
  REQUEST_TIMEOUT_MS: between(100, 600_000)({ default: 15_000 }),
  TRUSTED_DOCUMENTS: str({ default: undefined }),
};

export function limitSettings(values: CleanedEnv<typeof limitVariables>): Limits {
  return {
    bodyBytes: values.MAX_BODY_BYTES,
    tokens: values.MAX_TOKENS,
    depth: values.MAX_DEPTH,
    aliases: values.MAX_ALIASES,
    rootFields: values.MAX_ROOT_FIELDS,
    directives: values.MAX_DIRECTIVES,
    selections: values.MAX_SELECTIONS,
    recursion: values.MAX_RECURSION,
    cost: values.MAX_COST,
    requestMs: values.REQUEST_TIMEOUT_MS,
    trustedDocumentsFile: values.TRUSTED_DOCUMENTS || null,
  };
}

/** The limits where nothing is set. */
export const defaultLimits: Limits = limitSettings(cleanEnv({}, limitVariables));
