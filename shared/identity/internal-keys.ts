import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import { StartError } from '../start-error';
import { isSubgraphName, type SubgraphName, subgraphNames } from '../subgraph/names';
import { readKeyPair, readOrCreateKeyPair, writePublicKey } from './key-file';

/** Who signs calls to a subgraph: the gateway, or a subgraph that asks Access Control. */
export type InternalCaller = 'gateway' | SubgraphName;

export const internalCallers: readonly InternalCaller[] = ['gateway', ...subgraphNames];

export function isInternalCaller(name: unknown): name is InternalCaller {
  return typeof name === 'string' && (name === 'gateway' || isSubgraphName(name));
}

export const privateKeyFile = (directory: string, caller: InternalCaller) =>
  path.join(directory, `${caller}.private.json`);
export const publicKeyFile = (directory: string, caller: InternalCaller) =>
  path.join(directory, `${caller}.public.json`);

/**
 * The key with which a process signs its calls, from `<caller>.private.json`. In development it is made where it is
 * missing, with `<caller>.public.json` beside it for those whom the process calls. Throws `StartError` in production.
 */
export async function openCallerKey(
  directory: string,
  caller: InternalCaller,
  { isProduction }: { isProduction: boolean },
): Promise<CryptoKey> {
  const file = privateKeyFile(directory, caller);
  if (!isProduction) {
    const { privateKey, publicJwk } = await readOrCreateKeyPair(file);
    await writePublicKey(publicKeyFile(directory, caller), publicJwk);
    return privateKey;
  }
  const pair = await readKeyPair(file);
  if (pair) return pair.privateKey;
  throw new StartError(
    `The internal key ${file} is missing. Write all of them with \`npm run internal-keys -- --out DIR\` and set INTERNAL_KEYS_DIR to the folder of ${caller} in it.`,
  );
}

/** The public keys of those who call. A file is read when its caller is first met. */
export interface CallerKeys {
  /** `null` where there is no usable file. */
  keyOf(caller: InternalCaller): Promise<CryptoKey | null>;
  /** Reads the file again, unless that was done within the last seconds; whether the key is another one now. */
  refresh(caller: InternalCaller): Promise<boolean>;
}

const REREAD_AFTER_MS = 2_000;

/** The `<caller>.public.json` of a folder. A replaced file is noticed within `rereadAfterMs`. */
export function createCallerKeys(directory: string, { rereadAfterMs = REREAD_AFTER_MS } = {}): CallerKeys {
  const known = new Map<InternalCaller, { text: string | null; key: CryptoKey | null; readAt: number }>();

  async function read(caller: InternalCaller) {
    const text = await readFile(publicKeyFile(directory, caller), 'utf8').catch(() => null);
    const entry = { text, key: text === null ? null : await importPublicKey(text), readAt: Date.now() };
    known.set(caller, entry);
    return entry;
  }

  return {
    keyOf: async (caller) => (known.get(caller) ?? (await read(caller))).key,
    async refresh(caller) {
      const before = known.get(caller);
      if (before && Date.now() - before.readAt < rereadAfterMs) return false;
      return (await read(caller)).text !== before?.text;
    },
  };
}

async function importPublicKey(text: string): Promise<CryptoKey | null> {
  try {
    const { kty, crv, x } = JSON.parse(text) as JWK;
    return (await importJWK({ kty, crv, x }, 'EdDSA')) as CryptoKey;
  } catch {
    return null;
  }
}
