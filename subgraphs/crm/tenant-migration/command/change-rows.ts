import type { RecordedChange } from '../../../../shared/audit/record-change';
import type { SqlRunner } from '../../../../shared/database/database';
import { COMMAND } from '../phases/gates';
import type { CommandContext } from './command-context';
import { type ExitCode, exitCodes } from './exit-codes';
import { recordAs } from './on-record';
import { type Part, repeatChange, type TableRows } from './repeat-change';

interface RowChange<Changed extends Part> {
  /** What is done, for people, such as `retired`. */
  verb: string;
  isDryRun: boolean;
  /** One part of it, or the counts of all of it where it is dry. */
  change(runner: SqlRunner): Promise<Changed>;
  /** What the audit trail says of a part. */
  recordOf(part: Changed): RecordedChange;
  /** Whether a part changed something, if not by its rows alone. */
  isChanged?(part: Changed): boolean;
  /** Leads that are replayed after it, where it is such a change. */
  leads?: number;
}

/**
 * Makes a change of rows whole, each part with its entry in the audit trail, and says what it did by table; with `isDryRun`
 * what it would do. Ends with REFUSED where rows are left that it could not change, and with STOPPED where the operator ended
 * it.
 */
export async function changeRows<Changed extends Part>(
  { owner, output, by, signal }: CommandContext,
  { verb, isDryRun, change, recordOf, isChanged = () => false, leads }: RowChange<Changed>,
): Promise<ExitCode> {
  const ofLeads =
    leads === undefined ? [] : [`${leads} waiting leads ${isDryRun ? 'would be' : 'are'} replayed.`];
  if (isDryRun) {
    const { tables, duplicates = 0 } = await change(owner);
    output.result({ outcome: 'DRY_RUN', tables, duplicates, leads }, [
      ...rowLines(`would be ${verb}`, tables),
      ...(duplicates > 0 ? [`${duplicates} rows would wait: the tenant has one like them.`] : []),
      ...ofLeads,
    ]);
    return exitCodes.DONE;
  }
  const onPart = (rows: number) => output.say(`${rows} rows ${verb}`);
  const { tables, rowsLeft, duplicates, isStopped } = await repeatChange(
    owner,
    { signal, onPart },
    async (tx) => {
      const part = await change(tx);
      if (part.tables.length > 0 || isChanged(part)) await recordAs(by, tx, recordOf(part));
      return part;
    },
  );
  const outcome = rowsLeft === 0 ? 'DONE' : isStopped ? 'STOPPED' : 'REFUSED';
  const left = rowsLeft > 0 ? [`${rowsLeft} rows are left${isStopped ? '; go on by repeating it' : ''}`] : [];
  const waiting =
    duplicates > 0
      ? [`${duplicates} rows wait: the tenant has one like them. See ${COMMAND} quarantine --mend-duplicates`]
      : [];
  output.result({ outcome, tables, rowsLeft, duplicates, leads }, [
    ...rowLines(verb, tables),
    ...left,
    ...waiting,
    ...ofLeads,
  ]);
  return exitCodes[outcome];
}

function rowLines(verb: string, tables: readonly TableRows[]): string[] {
  if (tables.length === 0) return [`No rows ${verb}.`];
  return tables.map(({ table, rows }) => `${table}: ${rows} rows ${verb}`);
}
