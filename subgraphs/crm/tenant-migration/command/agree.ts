import { parseArgs } from 'node:util';
import { StartError } from '../../../../shared/start-error';
import { agreeRows } from '../phases/agree-rows';
import { recordOfRows } from '../quarantine/change-records';
import { readStage } from '../schema/stage';
import { commonOptions, dryRunOption, type Subcommand, withCrm } from './command-context';
import { exitCodes } from './exit-codes';
import { recordAs } from './on-record';
import { columns } from './output';

/** Mends rows whose UUID and slug do not name one tenant. */
export const agree: Subcommand = {
  summary: 'mends rows whose UUID and slug differ',
  help: `Usage: npm run crm:tenancy -- agree [--keep uuid|slug] [--dry-run] [--json] [--as NAME]

Rows that have a mapped name of their tenant get its slug. Rows whose UUID and slug name two tenants stay as they are unless
you say which one is right. What is written over is kept. Ends with 3 where such rows are left.

  --keep uuid  the UUID is right; the slug is written anew
  --keep slug  the slug is right; the UUID is written anew
  --dry-run    counts; changes nothing
`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: { ...commonOptions, ...dryRunOption, keep: { type: 'string' } },
    });
    const { keep = null } = values;
    if (keep !== null && keep !== 'uuid' && keep !== 'slug') {
      throw new StartError('--keep is one of uuid and slug.');
    }
    return withCrm(values, async ({ owner, output, by }) => {
      const tables = await agreeRows(owner, {
        keep,
        isDryRun: values['dry-run'],
        onBatch: (tx, changed) => recordAs(by, tx, recordOfRows('agreeCrmRows', { tables: [changed], keep })),
      });
      if (tables.length === 0) {
        const line = `Nothing can disagree: at the stage ${await readStage(owner)} no row names its tenant twice.`;
        output.result({ outcome: 'DONE', isDryRun: values['dry-run'], tables }, [line]);
        return exitCodes.DONE;
      }
      const left = tables.reduce((sum, { undecided }) => sum + undecided, 0);
      const outcome = left > 0 ? 'REFUSED' : 'DONE';
      output.result({ outcome, isDryRun: values['dry-run'], tables }, [
        ...columns(['table', 'respelled', 'decided', 'undecided'], tables.map(Object.values)),
        left > 0 ? `${left} rows name two tenants: --keep says which is right` : 'No row names two tenants',
      ]);
      return exitCodes[outcome];
    });
  },
};
