import { parseArgs } from 'node:util';
import type { SqlRunner } from '../../../../shared/database/database';
import { pauseBackfill, readPause, resumeBackfill } from '../backfill/knobs';
import { commonOptions, dryRunOption, type Subcommand, withCrm } from './command-context';
import { exitCodes } from './exit-codes';

export const pause: Subcommand = command('pause', {
  summary: 'has the backfill rest before its next batch, wherever it runs',
  change: pauseBackfill,
});

export const resume: Subcommand = command('resume', {
  summary: 'has a paused backfill go on',
  change: resumeBackfill,
});

function command(
  name: string,
  {
    summary,
    change,
  }: { summary: string; change: (runner: SqlRunner, who: { by: string }) => Promise<unknown> },
): Subcommand {
  return {
    summary,
    help: `Usage: npm run crm:tenancy -- ${name} [--dry-run] [--json] [--as NAME]

It ${summary}. Repeating it changes nothing.

  --dry-run  only says whether it is paused
`,
    async run(args) {
      const { values } = parseArgs({ args, options: { ...commonOptions, ...dryRunOption } });
      return withCrm(values, async ({ owner, output, by }) => {
        if (!values['dry-run']) await change(owner, { by });
        const paused = await readPause(owner);
        const text = paused ? `Paused by ${paused.by} since ${paused.at.toISOString()}.` : 'Not paused.';
        output.result({ paused }, [text]);
        return exitCodes.DONE;
      });
    },
  };
}
