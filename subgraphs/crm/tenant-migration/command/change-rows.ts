import type { SqlRunner } from '../../../../shared/database/database';
import { COMMAND } from '../phases/gates';
import type { CommandContext } from './command-context';
import { type ExitCode, exitCodes } from './exit-codes';
import { type Part, repeatChange, type TableRows } from './repeat-change';

interface RowChange {
  /** What is done, for people, such as `retired`. */
  verb: string;
  isDryRun: boolean;
  /** One part of it, or the counts of all of it where it is dry. */
  change(runner: SqlRunner): Promise<Part>;
  /** Leads that are replayed after it, where it is such a change. */
  leads?: number;
}

/**
 * Makes a change of rows whole and says what it did by table; with `isDryRun` what it would do. Ends with REFUSED where rows are
 * left that it could not change, and with STOPPED where the operator ended it.
 */
export async function changeRows(
  { owner, output, signal }: CommandContext,
  { verb, isDryRun, change, leads }: RowChange,
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
  const { tables, rowsLeft, duplicates, isStopped } = await repeatChange(owner, { signal, onPart }, change);
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
