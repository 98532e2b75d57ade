import { CodedError } from '../../../../shared/errors/coded-error';
import { COMMAND } from '../phases/gates';
import { noteOrphans } from '../quarantine/orphans';
import { migratedTables } from '../schema/migrated-tables';
import type { Owner } from '../schema/owner';
import { readStage } from '../schema/stage';
import { type BackfillRun, backfillTable, type TableEnd } from './backfill-table';
import { type BackfillKnobs, readBackfillKnobs, readPause } from './knobs';
import { type Pressure, paceOf, readPressure, seesOthers, tablesAtOnce } from './pressure';
import { giveSharedSegments } from './shared-segments';

export interface BackfillOptions {
  /** Knobs of this run alone, before those that are stored. */
  knobs?: Partial<BackfillKnobs>;
  /** Says in one line what happens. */
  report: (line: string) => void;
  /** Ends the run after the batches that are under way. */
  signal?: AbortSignal;
}

/** How a run ended: `STOPPED` when too many rows of a table failed, `INTERRUPTED` by the signal. */
export type BackfillEnd = 'DONE' | 'STOPPED' | 'INTERRUPTED';

/** How long a look at what the database is busy with counts, and for how many looks the statements that were seen do. */
const LOOK_EVERY_MS = 250;
const LOOKS = 40;

/**
 * Gives every row of CRM its tenant's UUID, several tables at once, while CRM reads and writes. It goes on where an earlier run ended,
 * however that was; runs that meet share the work. Rows of unknown tenants go on the quarantine list. At the end tenants get
 * their own copies of the segments that all of them shared (A35), and rows whose parent is of another tenant are noted.
 * Throws `TENANCY_STAGE_WRONG` when the schema is not expanded, and PostgreSQL's error where trying again was of no use. Source: A20.
 */
export async function runBackfill(owner: Owner, options: BackfillOptions): Promise<BackfillEnd> {
  const stage = await readStage(owner);
  if (stage !== 'EXPANDED') {
    const way = stage === 'LEGACY' ? ` Mend: ${COMMAND} expand` : '';
    throw new CodedError(
      'TENANCY_STAGE_WRONG',
      `Rows get their UUID in the stage EXPANDED; CRM's schema is in the stage ${stage}.${way}`,
    );
  }
  const { report, signal = new AbortController().signal } = options;
  if (!(await seesOthers(owner))) {
    report(
      'The login does not see what others do in the database (pg_read_all_stats), so their work is not minded',
    );
  }
  const ends = await backfillTables(owner, { ...options, signal });
  if (ends.includes('STOPPED')) return 'STOPPED';
  if (ends.includes('INTERRUPTED')) return 'INTERRUPTED';

  const given = await owner.transaction(giveSharedSegments);
  if (given.retired > 0) report(`${given.retired} shared segments became ${given.copies} of tenants' own`);
  const orphans = await owner.transaction(noteOrphans);
  if (orphans > 0)
    report(`${orphans} rows belong to a parent that is not of their tenant; see the quarantine list`);
  return 'DONE';
}

/** All tables at once; those beyond the knob's number wait for their turn. A table that breaks ends the others. */
async function backfillTables(
  owner: Owner,
  options: BackfillOptions & { signal: AbortSignal },
): Promise<TableEnd[]> {
  const broken = new AbortController();
  const unfinished = [...migratedTables];
  const look = createLook(owner);
  const run: BackfillRun = {
    owner,
    report: options.report,
    signal: AbortSignal.any([options.signal, broken.signal]),
    knobs: async () => ({ ...(await readBackfillKnobs(owner)), ...options.knobs }),
    async paceOf(table, knobs) {
      const pause = await readPause(owner);
      if (pause) return { kind: 'PAUSE', why: `paused by ${pause.by}` };
      const pressure = await look();
      if (unfinished.indexOf(table) >= tablesAtOnce(pressure, knobs)) {
        return { kind: 'HOLD', why: 'other tables come first' };
      }
      return paceOf(pressure, knobs, table.name);
    },
  };
  const works = migratedTables.map(async (table) => {
    try {
      return await backfillTable(run, table);
    } catch (error) {
      broken.abort();
      throw error;
    } finally {
      unfinished.splice(unfinished.indexOf(table), 1);
    }
  });
  await Promise.allSettled(works);
  return Promise.all(works);
}

/** A look at the database's pressure that tables share, with the statements of the last ten seconds. */
function createLook(owner: Owner): () => Promise<Pressure> {
  const seen: number[][] = [];
  let at = Number.NEGATIVE_INFINITY;
  let looking: Promise<Pressure> | null = null;
  return () => {
    if (looking === null || performance.now() - at > LOOK_EVERY_MS) {
      at = performance.now();
      looking = readPressure(owner).then((pressure) => {
        seen.push(pressure.liveMs);
        if (seen.length > LOOKS) seen.shift();
        return { ...pressure, liveMs: seen.flat() };
      });
    }
    return looking;
  };
}
