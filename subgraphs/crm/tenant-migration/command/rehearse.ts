import { parseArgs } from 'node:util';
import { StartError } from '../../../../shared/start-error';
import { crm } from '../../subgraph';
import { gateText } from '../phases/gates';
import { copyDatabase } from '../rehearsal/copy-database';
import { type RehearsedStep, rehearse as rehearseOn } from '../rehearsal/rehearse';
import { commonOptions, type Subcommand, withLocation } from './command-context';
import { exitCodes } from './exit-codes';
import { columns } from './output';

/** Takes a copy of the database all the way. */
export const rehearse: Subcommand = {
  summary: 'takes a copy of the database all the way under a load, measures it, and drops the copy',
  help: `Usage: npm run crm:tenancy -- rehearse [--rate N] [--json] [--as NAME]

Copies the database beside it, as a whole where nobody is connected and else CRM's rows as one snapshot has them, takes the
copy from its stage to CONTRACTED under a load of reads and writes, and says of each step how long it took, the longest wait
for a lock, how the disk grew, what requests met, and what a gate would have refused. What was refused is mended bluntly on
the copy to see what comes after it. The copy is dropped, also after a failure. The login must be able to create databases, and
the disk needs room for a second database that grows by half.

  --rate N  requests a second, 1 to 2000; 100 unless given

Ends with 3 where a gate refused something: look at it before the real move.
`,
  async run(args) {
    const { values } = parseArgs({ args, options: { ...commonOptions, rate: { type: 'string' } } });
    const perSecond = Number(values.rate ?? '100');
    if (!(perSecond >= 1 && perSecond <= 2_000))
      throw new StartError('--rate must be a number from 1 to 2000.');
    return withLocation(values, async ({ location, output, by, signal }) => {
      const report = output.say;
      const copy = await copyDatabase(location, { migrations: crm.migrations, by, report });
      try {
        const { steps, isStopped } = await rehearseOn(copy.location, { perSecond, by, signal, report });
        const isRefused = steps.some(({ refusals }) => refusals.length > 0);
        const outcome = isStopped ? 'STOPPED' : isRefused ? 'REFUSED' : 'DONE';
        output.result({ outcome, isWholeCopy: copy.isWhole, steps }, [
          ...stepLines(steps),
          ...refusalLines(steps),
          ...(isStopped ? ['Stopped before it was all the way; this is what it saw until then.'] : []),
        ]);
        return exitCodes[outcome];
      } finally {
        await copy.drop();
      }
    });
  },
};

const HEADING = [
  'step',
  'seconds',
  'MB grown',
  'requests',
  'failed',
  'p50 ms',
  'p99 ms',
  'max ms',
  'lock wait ms',
  'retries',
];

function stepLines(steps: readonly RehearsedStep[]): string[] {
  return columns(
    HEADING,
    steps.map(({ step, seconds, bytesGrown, load, lockWaits, retries }) => [
      step,
      seconds,
      Math.round(bytesGrown / 100_000) / 10,
      load.requests,
      load.failures,
      load.p50Ms,
      load.p99Ms,
      load.longestMs,
      lockWaits.liveMs,
      retries,
    ]),
  );
}

function refusalLines(steps: readonly RehearsedStep[]): string[] {
  const refusals = steps.flatMap(({ step, refusals }) =>
    refusals.map((gate) => `  ${step}: ${gateText(gate)}`),
  );
  const failures = steps.flatMap(({ step, load }) => load.reasons.map((reason) => `  ${step}: ${reason}`));
  return [
    ...(refusals.length > 0
      ? ['Refused:', ...refusals]
      : [`No gate refused anything in ${steps.length} steps.`]),
    ...(failures.length > 0 ? ['Requests that failed:', ...failures] : []),
  ];
}
