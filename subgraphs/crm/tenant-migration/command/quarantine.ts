import { parseArgs } from 'node:util';
import { StartError } from '../../../../shared/start-error';
import { countRowsOfAll } from '../phases/count-evidence';
import { COMMAND, isClosed, withMend } from '../phases/gates';
import { recordOfRows } from '../quarantine/change-records';
import { mendDuplicates } from '../quarantine/duplicates';
import { listQuarantine, type QuarantineEntry, surveySlugs } from '../quarantine/list-quarantine';
import { detachOrphans } from '../quarantine/orphans';
import { changeRows } from './change-rows';
import {
  type CommandContext,
  commonOptions,
  dryRunOption,
  type Subcommand,
  withCrm,
} from './command-context';
import { type ExitCode, exitCodes } from './exit-codes';
import { gateLines } from './report-gates';
import { shellWord } from './shell-word';

/** What waits for a person (A41). */
export const quarantine: Subcommand = {
  summary: 'rows that wait for a person: unknown slugs, orphans, duplicates',
  help: `Usage: npm run crm:tenancy -- quarantine [--json] [--as NAME]
       npm run crm:tenancy -- quarantine --detach-orphans | --mend-duplicates [--dry-run] [--json] [--as NAME]

Lists the slugs in rows that no tenant has, with how many rows they are and whom they may mean, and counts orphans and
duplicates. Nothing is mapped by itself: see map and retire. Ends with 3 where something waits.

  --detach-orphans   leads forget a customer who is not of their tenant; steps of another tenant's journey are retired
  --mend-duplicates  of rows that keys by UUID do not let in together, all but the first get a name of their own, lose
                     their login or idempotency key, or are retired
  --dry-run          counts; changes nothing

What is taken out or written over is kept.
`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        ...commonOptions,
        ...dryRunOption,
        'detach-orphans': { type: 'boolean', default: false },
        'mend-duplicates': { type: 'boolean', default: false },
      },
    });
    const isDryRun = values['dry-run'];
    if (values['detach-orphans'] && values['mend-duplicates']) {
      throw new StartError('Say one of --detach-orphans and --mend-duplicates.');
    }
    return withCrm(values, async (context) => {
      const { by } = context;
      if (values['detach-orphans']) {
        return changeRows(context, {
          verb: 'detached',
          isDryRun,
          change: (runner) => detachOrphans(runner, { by, dryRun: isDryRun }),
          recordOf: ({ tables }) => recordOfRows('detachCrmOrphans', { tables }),
        });
      }
      if (values['mend-duplicates']) {
        return changeRows(context, {
          verb: 'made unique',
          isDryRun,
          change: (runner) => mendDuplicates(runner, { by, dryRun: isDryRun }),
          recordOf: ({ tables }) => recordOfRows('mendCrmDuplicates', { tables }),
        });
      }
      return list(context);
    });
  },
};

async function list({ owner, output }: CommandContext): Promise<ExitCode> {
  const held = await listQuarantine(owner);
  const slugs = await surveySlugs(owner);
  // Slugs and orphans are told as they are in the rows now.
  const entries = [...slugs, ...held.filter(({ reason }) => reason === 'FAILED' || reason === 'DUPLICATE')];
  const gates = (await countRowsOfAll(owner))
    .filter(({ name }) => name === 'ORPHANS' || name === 'DUPLICATES')
    .map((finding) => withMend(finding));
  const isWaiting = entries.length > 0 || gates.some(isClosed);
  output.result({ outcome: isWaiting ? 'REFUSED' : 'DONE', entries, gates }, [
    ...(entries.length > 0 ? entries.map(entryLine) : ['No slugs of nobody.']),
    ...gateLines(gates),
  ]);
  return isWaiting ? exitCodes.REFUSED : exitCodes.DONE;
}

function entryLine({ slug, reason, rows, tables, detail, proposal }: QuarantineEntry): string {
  const where = tables.map((part) => `${part.rows} of ${part.table}`).join(', ');
  const meant = proposal && slug !== null ? `  may be ${proposal.slug}: ${mapping(slug, proposal.slug)}` : '';
  return `${reason} ${JSON.stringify(slug)}: ${rows} rows (${where})${detail ? `  ${detail}` : ''}${meant}`;
}

/** After `--` a slug that begins with a hyphen is no option. */
function mapping(slug: string, tenant: string): string {
  return `${COMMAND} map ${slug.startsWith('-') ? '-- ' : ''}${shellWord(slug)} ${tenant}`;
}
