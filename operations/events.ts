import { parseArgs } from 'node:util';
import { failProcess } from '../shared/run-process';
import { readSettings } from '../shared/settings';
import { StartError } from '../shared/start-error';
import { readConsumers } from './events/consumers';
import { readDeadLetters, replayDeadLetters } from './events/dead-letters';
import { consumerLine, letterLine, replayLine } from './events/event-lines';
import { type AskGraph, GraphRefusal } from './provisioning/ask-graph';
import { openGraph } from './provisioning/graph-access';

const HELP = `Usage: npm run events -- consumers [--json]
       npm run events -- dead-letters [--consumer NAME] [--tenant ID] [--json]
       npm run events -- dead-letters --replay ID [--replay ID …] [--json]
       npm run events -- dead-letters --all --consumer NAME [--tenant ID] [--json]

Says who hears of the events of a running graph and how far behind it is, lists the events that were given up, and has
them handed over again.

  consumers        a line for each consumer
  dead-letters     a line for each event that was given up for a consumer
  --consumer NAME  only those of this consumer, as \`consumers\` names it
  --tenant ID      only those of the tenant with this UUID
  --replay ID      has this dead letter handed over again
  --all            has all dead letters of the consumer handed over again
  --json           prints one JSON array instead of lines
  --url URL        where the graph is (default http://localhost: with PORT, or 4000)
  --token TOKEN    a token with the scopes events:read and events:replay; TENANT_GRAPH_TOKEN unless given. Without
                   either, on a developer's machine, one of the local issuer of DATA_DIR
  --help           this text

Exit codes:
  0  done
  1  the graph refused, or a dead letter could not be handed over again
  2  the graph was not asked: wrong option or token setting, or no graph at the address
`;

const NOT_ASKED = 2;

interface Options {
  consumer?: string;
  tenant?: string;
  replay?: string[];
  all: boolean;
}

/** What is printed, as data and for people, and whether something that was asked for could not be done. */
interface Report {
  data: object[];
  lines: string[];
  isPartial: boolean;
}

async function events(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      consumer: { type: 'string' },
      tenant: { type: 'string' },
      replay: { type: 'string', multiple: true },
      all: { type: 'boolean', default: false },
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
  const work = chosenWork(positionals, values);
  const reach = { url: values.url, token: values.token, subject: 'events-command' };
  const ask = openGraph(reach, readSettings(process.env));
  try {
    const { data, lines, isPartial } = await work(ask);
    console.log(values.json ? JSON.stringify(data, null, 2) : lines.join('\n'));
    if (isPartial) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof GraphRefusal)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

function chosenWork(positionals: string[], options: Options): (ask: AskGraph) => Promise<Report> {
  const [what, ...more] = positionals;
  if (what === 'consumers' && more.length === 0) return listConsumers;
  if (what !== 'dead-letters' || more.length > 0) {
    throw new StartError('Say what: consumers, or dead-letters. See --help.');
  }
  const { consumer, tenant: tenantId, replay, all } = options;
  if (replay && (all || consumer || tenantId)) {
    throw new StartError('--replay names dead letters by their ids, and goes with no other choice.');
  }
  if (replay) return (ask) => replayAll(ask, replay);
  if (!all) return (ask) => listLetters(ask, { consumer, tenantId });
  if (!consumer)
    throw new StartError('Name the consumer whose dead letters to replay: --all --consumer NAME.');
  return async (ask) => {
    const letters = await readDeadLetters(ask, { consumer, tenantId });
    // The oldest first, as they happened.
    return replayAll(ask, letters.map(({ id }) => id).reverse());
  };
}

async function listConsumers(ask: AskGraph): Promise<Report> {
  const consumers = await readConsumers(ask);
  return { data: consumers, lines: consumers.map(consumerLine), isPartial: false };
}

async function listLetters(ask: AskGraph, filter: Parameters<typeof readDeadLetters>[1]): Promise<Report> {
  const letters = await readDeadLetters(ask, filter);
  const lines = letters.length > 0 ? letters.map(letterLine) : ['There are no dead letters.'];
  return { data: letters, lines, isPartial: false };
}

async function replayAll(ask: AskGraph, ids: readonly string[]): Promise<Report> {
  const replays = await replayDeadLetters(ask, ids);
  const lines = replays.length > 0 ? replays.map(replayLine) : ['There are no dead letters.'];
  return { data: replays, lines, isPartial: replays.some(({ outcome }) => outcome !== 'ASKED') };
}

events().catch((error: unknown) => failProcess(error, NOT_ASKED));
