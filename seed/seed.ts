import { parseArgs } from 'node:util';
import { nobody } from '../gateway/identity/identity';
import { createPlatform } from '../platform';
import { joinDatabases } from '../shared/database/database-locations';
import { DEFAULT_DEMO_SIZE, type DemoSize, MAX_DEMO_SIZE } from '../shared/demo/demo-tenants';
import { createLogger } from '../shared/logger';
import { createMetrics } from '../shared/metrics/metrics';
import { failProcess } from '../shared/run-process';
import { readSettings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { writeDemoData } from './demo-data';
import { importInProcess } from './import-in-process';

const HELP = `Usage: npm run seed [-- --size CUSTOMERS] [--tenants TENANTS]

Writes the demo data into every system, then gives each tenant without a registry entry one. Repeating it adds nothing.

  --size     customers in all, spread over the tenants (default ${DEFAULT_DEMO_SIZE.customers}, at most ${MAX_DEMO_SIZE.customers})
  --tenants  tenants in all, digiwedge and yolo among them (default ${DEFAULT_DEMO_SIZE.tenants}, at most ${MAX_DEMO_SIZE.tenants})
  --help     this text

It works on DATABASE_URL or, without that, on the embedded PostgreSQL of DATA_DIR, also while \`npm start\` runs.
`;

async function seed(): Promise<void> {
  const { values } = parseArgs({
    options: { size: { type: 'string' }, tenants: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const size: DemoSize = {
    customers: wholeNumber('--size', values.size, 0, 'customers'),
    tenants: wholeNumber('--tenants', values.tenants, 2, 'tenants'),
  };
  const settings = readSettings(process.env);
  const { databases, release } = await joinDatabases(settings);
  try {
    const platform = await createPlatform({
      databases,
      poolSize: settings.poolSize,
      identity: nobody,
      isProduction: settings.isProduction,
      metrics: createMetrics(),
      logger: createLogger('warn', 'seed'),
      handlesJobs: false,
    });
    try {
      const startedAt = Date.now();
      await writeDemoData(platform.databases, size, {
        onProgress: (name, rows) => console.log(`${name}: ${rows} rows written`),
      });
      const registered = await importInProcess(platform);
      console.log(
        `registry: ${registered.length} tenants registered${registered.length ? `: ${registered.join(', ')}` : ''}`,
      );
      console.log(`done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    } finally {
      await platform.stop();
    }
  } finally {
    await release();
  }
}

function wholeNumber(option: string, text: string | undefined, min: number, key: keyof DemoSize): number {
  if (text === undefined) return DEFAULT_DEMO_SIZE[key];
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= MAX_DEMO_SIZE[key]) return value;
  throw new StartError(`${option} must be a whole number from ${min} to ${MAX_DEMO_SIZE[key]}`);
}

seed().catch(failProcess);
