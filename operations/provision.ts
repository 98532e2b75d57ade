import { parseArgs } from 'node:util';
import { failProcess } from '../shared/run-process';
import { readSettings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { GraphRefusal } from './provisioning/ask-graph';
import { changeRun } from './provisioning/change-run';
import type { RunStep } from './provisioning/follow-run';
import { openGraph } from './provisioning/graph-access';
import { provisionFromFile } from './provisioning/provision-from-file';
import { outcomeLines, planLines, runLines } from './provisioning/report-lines';
import { readTenantFile } from './provisioning/tenant-file';

const HELP = `Usage: npm run provision -- --file FILE [--plan] [--wait] [--json] [--url URL] [--token TOKEN]
       npm run provision -- --retry RUN | --cancel RUN [--wait] [--json] [--url URL] [--token TOKEN]

Sets a tenant up in a running graph and in every system behind it, as a file says. The file is YAML with the fields of
ProvisionTenantInput; examples/tenants/ has some. It prints a line for each step as it goes. Run again, it changes nothing.

  --file FILE    the tenant
  --plan         only says what would be done, and names every conflict
  --wait         waits until the run has ended, with a line whenever a step goes on; a graph that restarts meanwhile is
                 asked again for a minute
  --retry RUN    goes on with a run that failed, by its id
  --cancel RUN   takes a run back, by its id
  --json         prints one JSON object instead of lines: outcome, plan, run, and refusals if there are any
  --url URL      where the graph is (default http://localhost: with PORT, or 4000)
  --token TOKEN  a token with the scope registry:provision; TENANT_GRAPH_TOKEN unless given. Without either, on a
                 developer's machine, one of the local issuer of DATA_DIR
  --help         this text

Exit codes:
  0  done, or nothing to do; with --plan: no conflicts; without --wait also: the run goes on
  1  there are conflicts, the graph refused, or the run failed
  2  the graph was not asked: wrong option, file or token setting, or no graph at the address
`;

const NOT_ASKED = 2;

async function provision(): Promise<void> {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      plan: { type: 'boolean', default: false },
      wait: { type: 'boolean', default: false },
      retry: { type: 'string' },
      cancel: { type: 'string' },
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
  const { file, retry, cancel } = values;
  if ([file, retry, cancel].filter((value) => value !== undefined).length !== 1) {
    throw new StartError('Give one of --file FILE, --retry RUN and --cancel RUN. See --help.');
  }
  const settings = readSettings(process.env);
  const ask = openGraph({ url: values.url, token: values.token, subject: 'provision-command' }, settings);
  const input = file === undefined ? {} : await readTenantFile(file);
  const print = (line: string) => {
    if (!values.json) console.log(line);
  };
  const following = { wait: values.wait, onStep: (step: RunStep) => runLines(step).forEach(print) };

  try {
    const report =
      file === undefined
        ? await changeRun(
            ask,
            retry === undefined
              ? { change: 'cancel', runId: cancel ?? '' }
              : { change: 'retry', runId: retry },
            following,
          )
        : await provisionFromFile(ask, {
            input,
            planOnly: values.plan,
            onPlan: (plan) => planLines(plan).forEach(print),
            ...following,
          });
    outcomeLines(report).forEach(print);
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
