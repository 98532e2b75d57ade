import { parseArgs } from 'node:util';
import { failProcess } from '../shared/run-process';
import { readSettings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { GraphRefusal } from './provisioning/ask-graph';
import { provisionFromFile } from './provisioning/provision-from-file';
import { outcomeLine, planLines, runLine } from './provisioning/report-lines';
import { readTenantFile } from './provisioning/tenant-file';
import { reachGraph } from './reach-graph';

const HELP = `Usage: npm run provision -- --file FILE [--plan] [--wait] [--json] [--url URL] [--token TOKEN]

Sets a tenant up in a running graph, as a file says. The file is YAML with the fields of ProvisionTenantInput;
examples/tenants/ has some. It prints a line for each step. Run again, it changes nothing.

  --file FILE    the tenant
  --plan         only says what would be done, and names every conflict
  --wait         waits until the run has ended, with a line whenever a step goes on
  --json         prints one JSON object instead of lines: outcome, plan, run, and refusals if there are any
  --url URL      where the graph is (default http://localhost: with PORT, or 4000)
  --token TOKEN  a token with the scope registry:provision; TENANT_GRAPH_TOKEN unless given. Without either, on a
                 developer's machine, one of the local issuer of DATA_DIR
  --help         this text

Exit codes:
  0  done, or nothing to do; with --plan: no conflicts
  1  there are conflicts, the graph refused, or the run failed
  2  the graph was not asked: wrong option, file or token setting, or no graph at the address
`;

const NOT_ASKED = 2;
/** As whom the local issuer of a developer's machine lets the command in. */
const LOCAL_CALLER = { role: 'PLATFORM_MANAGER', subject: 'provision-command' } as const;

async function provision(): Promise<void> {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      plan: { type: 'boolean', default: false },
      wait: { type: 'boolean', default: false },
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
  if (values.file === undefined) throw new StartError('Name the file: --file FILE. See --help.');
  const input = await readTenantFile(values.file);
  const ask = reachGraph({ url: values.url, token: values.token }, readSettings(process.env), LOCAL_CALLER);
  const print = (line: string) => {
    if (!values.json) console.log(line);
  };

  try {
    const report = await provisionFromFile(ask, {
      input,
      planOnly: values.plan,
      wait: values.wait,
      onPlan: (plan) => planLines(plan).forEach(print),
      onStep: (step) => print(runLine(step)),
    });
    print(outcomeLine(report));
    if (values.json) console.log(JSON.stringify(report, null, 2));
    if (report.outcome === 'CONFLICTS' || report.outcome === 'FAILED') process.exitCode = 1;
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

provision().catch((error: unknown) => failProcess(error, NOT_ASKED));
