import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { internalCallers, privateKeyFile, publicKeyFile } from '../shared/identity/internal-keys';
import { readOrCreateKeyPair, writePublicKey } from '../shared/identity/key-file';
import { failProcess } from '../shared/run-process';
import { StartError } from '../shared/start-error';

const HELP = `Usage: npm run internal-keys -- --out DIR

Writes the keys by which the processes of the distributed shape know each other: one folder a process under DIR, named
${internalCallers.join(', ')}. Each is the INTERNAL_KEYS_DIR of its process and
holds that process's own private key (mode 0600) and everybody's public keys. Keys that exist are kept.

To replace a process's key, remove its private key, run this again, and restart the process. The others notice the new
public key within seconds.

  --out DIR  where to write
  --help     this text
`;

async function writeInternalKeys(): Promise<void> {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.out === undefined) throw new StartError('Name the folder: --out DIR. See --help.');
  const out = path.resolve(values.out);
  await mkdir(out, { recursive: true }).catch((error: Error) => {
    throw new StartError(`The folder ${out} cannot be made: ${error.message}`, error);
  });
  const folderOf = (process: string) => path.join(out, process);
  for (const caller of internalCallers) {
    const { publicJwk } = await readOrCreateKeyPair(privateKeyFile(folderOf(caller), caller));
    for (const reader of internalCallers) {
      await writePublicKey(publicKeyFile(folderOf(reader), caller), publicJwk);
    }
  }
  console.log(`The keys of ${internalCallers.join(', ')} are in ${out}`);
}

writeInternalKeys().catch(failProcess);
