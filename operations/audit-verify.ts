import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import sql from 'sql-template-tag';
import { type AuditHead, verifyAuditTrail } from '../shared/audit/verify-audit-trail';
import { type DatabasePool, openDatabase } from '../shared/database/database';
import { joinDatabases } from '../shared/database/database-locations';
import { type DatabaseLocation, runtimeUrl } from '../shared/database/roles';
import { failProcess } from '../shared/run-process';
import { readSettings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { isSubgraphName, type SubgraphName, schemaOf, subgraphNames } from '../shared/subgraph/names';
import { systemCall } from '../shared/subgraph/transport';

const HELP = `Usage: npm run audit:verify [-- --subgraph NAME] [--heads FILE] [--against FILE]

Recomputes the hash of every entry of the audit trail, tenant by tenant, and names the first broken one of each tenant.
Exits with 1 when one is broken. It changes nothing.

  --subgraph  one of ${subgraphNames.join(', ')}; all of them unless given
  --heads     writes the last entry of each chain to FILE (one JSON object a line), to be kept elsewhere
  --against   holds the trail against such a file: entries that were taken off the end are found too
  --help      this text

It works on DATABASE_URL or, without that, on the embedded PostgreSQL of DATA_DIR, also while \`npm start\` runs.
`;

const MAY_TAKE_MS = 24 * 3_600_000;

async function verify(): Promise<void> {
  const { values } = parseArgs({
    options: {
      subgraph: { type: 'string' },
      heads: { type: 'string' },
      against: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.subgraph !== undefined && !isSubgraphName(values.subgraph)) {
    throw new StartError(`There is no subgraph "${values.subgraph}"; they are ${subgraphNames.join(', ')}.`);
  }
  const expected = values.against ? await readHeads(values.against) : [];
  const settings = readSettings(process.env);
  const { databases, release } = await joinDatabases(settings);
  const heads: AuditHead[] = [];
  try {
    for (const name of subgraphNames) {
      if (values.subgraph && values.subgraph !== name) continue;
      const pool = await openTrail(name, databases[name]);
      try {
        const found = await verifyAuditTrail(
          pool.forCall(systemCall('audit:verify', MAY_TAKE_MS)),
          name,
          expected,
        );
        heads.push(...found.heads);
        for (const { tenantKey, position, fault } of found.broken) {
          console.log(`${name}: BROKEN: tenant ${tenantKey}, entry ${position} ${fault}`);
          process.exitCode = 1;
        }
        console.log(`${name}: ${found.entries} entries of ${found.heads.length} tenants read`);
      } finally {
        await pool.close();
      }
    }
  } finally {
    await release();
  }
  if (values.heads) await writeHeads(values.heads, heads);
}

/** Opens the database as it is: looking at a trail must neither migrate nor make anything. */
async function openTrail(name: SubgraphName, location: DatabaseLocation): Promise<DatabasePool> {
  const pool = await openDatabase({
    url: runtimeUrl(location, name),
    schema: schemaOf(name),
    entities: [],
    poolSize: 1,
    onPoolError: () => undefined,
  });
  const found = await pool
    .forCall(systemCall('audit:verify'))
    .row<{ trail: string | null }>(sql`SELECT to_regclass(${`${schemaOf(name)}.audit_entry`}) AS trail`);
  if (found?.trail) return pool;
  await pool.close();
  throw new StartError(
    `This database has no audit trail of ${name}. Check DATABASE_URL, or migrate it first.`,
  );
}

async function writeHeads(file: string, heads: AuditHead[]): Promise<void> {
  const text = heads.map((head) => `${JSON.stringify(head)}\n`).join('');
  await writeFile(file, text).catch((error: Error) => {
    throw new StartError(`${file} cannot be written: ${error.message}`, error);
  });
}

async function readHeads(file: string): Promise<AuditHead[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new StartError(`${file} cannot be read: ${error.message}`, error);
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parseHead(line, `${file}, line ${index + 1}`));
}

function parseHead(line: string, place: string): AuditHead {
  try {
    const { subgraph, tenantKey, position, hash } = JSON.parse(line) as AuditHead;
    if (isSubgraphName(subgraph) && typeof tenantKey === 'string' && Number.isInteger(position) && hash) {
      return { subgraph, tenantKey, position, hash };
    }
  } catch {
    // Falls through to the sentence that says what is wrong.
  }
  throw new StartError(`${place}: is not a line that --heads wrote`);
}

verify().catch(failProcess);
