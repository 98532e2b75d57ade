import { parseArgs } from 'node:util';
import { failProcess } from '../shared/run-process';
import { readSettings } from '../shared/settings';
import { GraphRefusal } from './provisioning/ask-graph';
import { openGraph } from './provisioning/graph-access';
import { importRegistry } from './registry-import/import-registry';
import { pageLines, reportLines } from './registry-import/report-lines';

const HELP = `Usage: npm run registry:import -- [--apply] [--json] [--url URL] [--token TOKEN]

Compares the registry of a running graph with what the systems hold, and writes what the entries lack. What an entry has
stays as it is. Without --apply nothing is changed. It prints a line for each page of tenants, and lists what the systems
hold that no tenant claims.

  --apply        writes; without it, it only says what it would write
  --json         prints one JSON object instead of lines: outcome, examined, imports and orphans
  --url URL      where the graph is (default http://localhost: with PORT, or 4000)
  --token TOKEN  a token with the scope registry:provision for all tenants; TENANT_GRAPH_TOKEN unless given. Without
                 either, on a developer's machine, one of the local issuer of DATA_DIR
  --help         this text

Exit codes:
  0  done, or nothing to import; without --apply: no conflicts
  1  there are conflicts, which are left out, or the graph refused
  2  the graph was not asked: wrong option or token setting, or no graph at the address
`;

const NOT_ASKED = 2;

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      apply: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      url: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const settings = readSettings(process.env);
  const ask = openGraph(
    { url: values.url, token: values.token, subject: 'registry-import-command' },
    settings,
  );
  const print = (line: string) => {
    if (!values.json) console.log(line);
  };

  try {
    const report = await importRegistry(ask, {
      apply: values.apply,
      onPage: (page) => pageLines(page, values.apply).forEach(print),
    });
    reportLines(report).forEach(print);
    if (values.json) console.log(JSON.stringify(report, null, 2));
    if (report.outcome === 'CONFLICTS') process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof GraphRefusal)) throw error;
    if (values.json) {
      console.log(JSON.stringify({ outcome: 'REFUSED', refusals: error.reasons }, null, 2));
    } else {
      console.error(error.message);
    }
    process.exitCode = 1;
  }
}

run().catch((error: unknown) => failProcess(error, NOT_ASKED));
