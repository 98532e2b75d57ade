import { parseArgs } from 'node:util';
import { joinDatabases } from '../shared/database/database-locations';
import { migrate, migrationStatus, revertLast } from '../shared/database/migrator';
import { failProcess } from '../shared/run-process';
import { readSettings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { isSubgraphName, type SubgraphName, subgraphNames } from '../shared/subgraph/names';
import { loadSubgraph } from '../subgraphs/modules';

const HELP = `Usage: npm run migrate [-- --subgraph NAME] [--status | --revert] [--dry-run]

Brings every subgraph's schema to the newest version, creating schemas and roles where they are missing.

  --subgraph NAME  only this one of ${subgraphNames.join(', ')}
  --status         list the migrations and whether each is applied; change nothing
  --revert         take the newest applied migration of the chosen subgraph back; needs --subgraph
  --dry-run        say what would be applied or taken back; change nothing
  --help           this text

It works on DATABASE_URL (or NAME_DATABASE_URL) with an administrator's login or, without one, on the embedded
PostgreSQL of DATA_DIR, also while \`npm start\` runs.
`;

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      subgraph: { type: 'string' },
      status: { type: 'boolean' },
      revert: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const names = chosenSubgraphs(values.subgraph);
  if (values.revert && values.subgraph === undefined) {
    throw new StartError('Name the subgraph whose newest migration to take back: --revert --subgraph crm');
  }
  const { databases, release } = await joinDatabases(readSettings(process.env));
  try {
    for (const name of names) {
      const { migrations } = await loadSubgraph(name);
      const target = { name, migrations, location: databases[name] };
      if (values.status) await printStatus(target);
      else if (values.revert) await revert(target, values['dry-run'] ?? false);
      else await apply(target, values['dry-run'] ?? false);
    }
  } finally {
    await release();
  }
}

type Target = Parameters<typeof migrate>[0];

async function printStatus(target: Target): Promise<void> {
  for (const { name, applied } of await migrationStatus(target)) {
    console.log(`${target.name}: ${applied ? 'applied' : 'pending'}  ${name}`);
  }
}

async function apply(target: Target, dryRun: boolean): Promise<void> {
  const ran = dryRun
    ? (await migrationStatus(target)).filter(({ applied }) => !applied).map(({ name }) => name)
    : await migrate(target);
  const verb = dryRun ? 'would apply' : 'applied';
  console.log(`${target.name}: ${ran.length === 0 ? 'is current' : `${verb} ${ran.join(', ')}`}`);
}

async function revert(target: Target, dryRun: boolean): Promise<void> {
  const name = dryRun
    ? (await migrationStatus(target)).findLast(({ applied }) => applied)?.name
    : await revertLast(target);
  const verb = dryRun ? 'would take back' : 'took back';
  console.log(`${target.name}: ${name ? `${verb} ${name}` : 'nothing is applied'}`);
}

function chosenSubgraphs(name: string | undefined): readonly SubgraphName[] {
  if (name === undefined) return subgraphNames;
  if (isSubgraphName(name)) return [name];
  throw new StartError(`There is no subgraph "${name}". Choose one of ${subgraphNames.join(', ')}.`);
}

run().catch(failProcess);
