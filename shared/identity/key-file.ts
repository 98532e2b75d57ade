import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { StartError } from '../start-error';

/** An Ed25519 pair whose private half was read from a file. */
export interface KeyPair {
  privateKey: CryptoKey;
  /** The public half alone, with `alg`, `use` and its thumbprint (RFC 7638) as `kid`. */
  publicJwk: JWK;
}

/**
 * Reads the key of a file: a private JWK (RFC 8037). `null` where there is no such file.
 * Throws `StartError` when it cannot be read or is no such key.
 */
export async function readKeyPair(file: string): Promise<KeyPair | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new StartError(`The key ${file} cannot be read: ${error.message}`, error);
  });
  if (text === null) return null;
  try {
    const { kty, crv, x, d } = JSON.parse(text) as JWK;
    if (d === undefined) throw new Error('it has no private half');
    const publicHalf = { kty, crv, x };
    const privateKey = (await importJWK({ ...publicHalf, d }, 'EdDSA')) as CryptoKey;
    const kid = await calculateJwkThumbprint(publicHalf);
    return { privateKey, publicJwk: { ...publicHalf, alg: 'EdDSA', use: 'sig', kid } };
  } catch (error) {
    throw new StartError(`${file} holds no Ed25519 key: ${(error as Error).message}`, error);
  }
}

/**
 * The same, with a new key where there is no file. Only the file's owner may read it (mode 0600). Of several processes
 * that do so at once, all get the same key. Throws `StartError` when the file cannot be made.
 */
export async function readOrCreateKeyPair(file: string): Promise<KeyPair> {
  const existing = await readKeyPair(file);
  if (existing) return existing;
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const draft = draftOf(file);
  try {
    await createPrivateFolder(path.dirname(file));
    await writeFile(draft, JSON.stringify(await exportJWK(privateKey)), { flag: 'wx', mode: 0o600 });
    // A link, unlike a rename, does not replace the key of a process that was faster.
    await link(draft, file).catch(ignoreExisting);
    await unlink(draft);
  } catch (error) {
    throw new StartError(`The key ${file} cannot be written: ${(error as Error).message}`, error);
  }
  const created = await readKeyPair(file);
  if (!created) throw new StartError(`The key ${file} was removed while this process started.`);
  return created;
}

/** Writes a public key for others to read, whole or not at all. Throws `StartError` when it cannot. */
export async function writePublicKey(file: string, publicJwk: JWK): Promise<void> {
  const draft = draftOf(file);
  try {
    await createPrivateFolder(path.dirname(file));
    await writeFile(draft, JSON.stringify(publicJwk), { flag: 'wx', mode: 0o644 });
    await rename(draft, file);
  } catch (error) {
    throw new StartError(`The key ${file} cannot be written: ${(error as Error).message}`, error);
  }
}

/** The folders above stay open to others: the embedded PostgreSQL, another user, lives beside ours. */
async function createPrivateFolder(folder: string): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  await mkdir(folder, { mode: 0o700 }).catch(ignoreExisting);
}

function draftOf(file: string): string {
  return `${file}.${randomUUID()}`;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
