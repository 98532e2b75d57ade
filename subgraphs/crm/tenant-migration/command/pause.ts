import { parseArgs } from 'node:util';
import { pauseBackfill, readPause, recordOfPause, resumeBackfill } from '../backfill/knobs';
import { commonOptions, dryRunOption, type Subcommand, withCrm } from './command-context';
import { exitCodes } from './exit-codes';
import { recordAs } from './on-record';

export const pause: Subcommand = command('pause', {
  summary: 'has the backfill rest before its next batch, wherever it runs',
  isPaused: true,
});

export const resume: Subcommand = command('resume', {
  summary: 'has a paused backfill go on',
  isPaused: false,
});

function command(name: string, { summary, isPaused }: { summary: string; isPaused: boolean }): Subcommand {
  const change = isPaused ? pauseBackfill : resumeBackfill;
  return {
    summary,
    help: `Usage: npm run crm:tenancy -- ${name} [--dry-run] [--json] [--as NAME]

It ${summary}. Repeating it changes nothing.

  --dry-run  only says whether it is paused
`,
    async run(args) {
      const { values } = parseArgs({ args, options: { ...commonOptions, ...dryRunOption } });
      return withCrm(values, async ({ owner, output, by }) => {
        if (!values['dry-run']) {
          await owner.transaction(async (tx) => {
            if (await change(tx, { by })) await recordAs(by, tx, recordOfPause(isPaused));
          });
        }
        const paused = await readPause(owner);
        const text = paused ? `Paused by ${paused.by} since ${paused.at.toISOString()}.` : 'Not paused.';
        output.result({ paused }, [text]);
        return exitCodes.DONE;
      });
    },
  };
}
