import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { v7 as uuid7 } from 'uuid';
import type { ExportedRow, SystemDoor } from './system-doors';

export interface ExportedTenant {
  /** The file's name in the folder of exports. */
  file: string;
  /** Of the file, in hexadecimal. */
  sha256: string;
}

interface TenantExport {
  name: string;
  ownRows: ExportedRow[];
  doors: readonly SystemDoor[];
  keep: (exported: ExportedTenant, giveName: () => Promise<void>) => Promise<void>;
}

/**
 * Writes everything that the systems have of a tenant into one file: gzipped lines of JSON, `{"table", "row"}`.
 * Once it is whole and on the disk, `keep` decides whether it gets its name; without one it goes. `ownRows` are Access
 * Control's. Throws when a system does not answer; then there is no file.
 */
export async function exportTenant(
  directory: string,
  { name, ownRows, doors, keep }: TenantExport,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = `${name}.ndjson.gz`;
  const unfinished = path.join(directory, `.${file}.${uuid7()}`);
  const hash = createHash('sha256');
  try {
    await pipeline(
      Readable.from(linesOf(ownRows, doors)),
      createGzip(),
      new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          done(null, chunk);
        },
      }),
      createWriteStream(unfinished, { mode: 0o600 }),
    );
    const handle = await open(unfinished, 'r+');
    await handle.sync().finally(() => handle.close());
    await keep({ file, sha256: hash.digest('hex') }, () => rename(unfinished, path.join(directory, file)));
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function* linesOf(ownRows: ExportedRow[], doors: readonly SystemDoor[]): AsyncGenerator<string> {
  for (const row of ownRows) yield lineOf(row);
  for (const door of doors) {
    let after: string | null = null;
    do {
      const { rows, next } = await door.exportRows(after);
      for (const row of rows) yield lineOf(row);
      after = next;
    } while (after !== null);
  }
}

function lineOf({ table, row }: ExportedRow): string {
  return `${JSON.stringify({ table, row })}\n`;
}
