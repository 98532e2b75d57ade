import { parseArgs } from 'node:util';
import { nobody } from '../gateway/identity/identity';
import { createPlatform, type Platform } from '../platform';
import { type DatabaseLocations, joinDatabases } from '../shared/database/database-locations';
import { demoTenants } from '../shared/demo/demo-tenants';
import { createLogger } from '../shared/logger';
import { createMetrics } from '../shared/metrics/metrics';
import { failProcess } from '../shared/run-process';
import { readSettings, type Settings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { assertEmpty, makeLegacy } from '../subgraphs/crm/tenant-migration/legacy/make-legacy';
import { LOCK_TIMEOUT_MS } from '../subgraphs/crm/tenant-migration/schema/move-stage';
import { type Owner, openOwner } from '../subgraphs/crm/tenant-migration/schema/owner';
import { writeDemoData } from './demo-data';
import { importInProcess } from './import-in-process';

const MAX_ROWS = 20_000_000;
const MAX_TENANTS = 10_000;

const HELP = `Usage: npm run crm:legacy -- [--rows ROWS] [--tenants TENANTS] [--dirt SHARE] [--seed NUMBER]

Makes a CRM of the old version, whose rows name their tenant by a slug, in a database whose CRM has no rows: to try the move to
UUIDs on. The other systems get the tenants of the demo data.

  --rows     rows in all of CRM's tables (default 50000, at most ${MAX_ROWS})
  --tenants  tenants, digiwedge and yolo among them (default 200, from 2 to ${MAX_TENANTS})
  --dirt     the share of rows that have something wrong with them, from 0 to 1 (default 0.01)
  --seed     the same number makes the same rows (default 1)
  --help     this text

It works on DATABASE_URL or, without that, on the embedded PostgreSQL of DATA_DIR. Then: npm run crm:tenancy -- status
`;

interface Options {
  rows: number;
  tenants: number;
  dirt: number;
  seed: number;
}

async function run(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { rows: text, tenants: text, dirt: text, seed: text, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const options: Options = {
    rows: numberFrom('--rows', values.rows, { fallback: 50_000, min: 1_000, max: MAX_ROWS }),
    tenants: numberFrom('--tenants', values.tenants, { fallback: 200, min: 2, max: MAX_TENANTS }),
    seed: numberFrom('--seed', values.seed, { fallback: 1, min: 0, max: 1_000_000 }),
    dirt: numberFrom('--dirt', values.dirt, { fallback: 0.01, min: 0, max: 1, isWhole: false }),
  };
  const settings = readSettings(process.env);
  const locations = await joinDatabases(settings);
  try {
    await makeWhole(settings, locations.databases, options);
  } finally {
    await locations.release();
  }
}

async function makeWhole(
  settings: Settings,
  databases: DatabaseLocations['databases'],
  { rows, tenants, dirt, seed }: Options,
): Promise<void> {
  const startedAt = Date.now();
  const size = { tenants, customers: 0 };
  await withPlatform(settings, databases, async ({ databases: open }) => {
    // Before anything is written anywhere.
    await withOwner(databases, assertEmpty);
    await writeDemoData(open, size, { except: ['crm'] });
  });
  const slugs = demoTenants(size).map(({ slug }) => slug);
  const written = await withOwner(databases, (owner) =>
    makeLegacy(owner, { rows, slugs, dirt, seed }, (line) => console.log(line)),
  );
  await withPlatform(settings, databases, importInProcess);
  console.log(
    `CRM has ${written} rows of the old version, after ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`,
  );
}

async function withOwner<T>(
  databases: DatabaseLocations['databases'],
  work: (owner: Owner) => Promise<T>,
): Promise<T> {
  const owner = await openOwner(databases.crm, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  try {
    return await work(owner);
  } finally {
    await owner.close();
  }
}

async function withPlatform(
  settings: Settings,
  databases: DatabaseLocations['databases'],
  work: (platform: Platform) => Promise<unknown>,
): Promise<void> {
  const platform = await createPlatform({
    databases,
    poolSize: settings.poolSize,
    identity: nobody,
    isProduction: settings.isProduction,
    metrics: createMetrics(),
    logger: createLogger('warn', 'crm-legacy'),
    handlesJobs: false,
  });
  try {
    await work(platform);
  } finally {
    await platform.stop();
  }
}

function numberFrom(
  option: string,
  text: string | undefined,
  { fallback, min, max, isWhole = true }: { fallback: number; min: number; max: number; isWhole?: boolean },
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (Number.isInteger(value) || !isWhole))
    return value;
  throw new StartError(`${option} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`);
}

run().catch(failProcess);
