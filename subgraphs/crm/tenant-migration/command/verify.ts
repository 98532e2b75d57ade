import { parseArgs } from 'node:util';
import { countRowsOfAll } from '../phases/count-evidence';
import { countRows, countsByTable, isWrong } from '../phases/count-rows';
import { gatesOfAllRows, isClosed } from '../phases/gates';
import { readStage } from '../schema/stage';
import { commonOptions, type Subcommand, withCrm } from './command-context';
import { exitCodes } from './exit-codes';
import { columns } from './output';
import { gateLines } from './report-gates';

const HEADING = ['table', 'rows', 'without UUID', 'disagreeing', 'without tenant'];

/** Counts everything that must be zero once rows name their tenants by UUID (A38, A39); changes nothing. */
export const verify: Subcommand = {
  summary: 'counts by SQL whether every row has its tenant, by table and tenant',
  help: `Usage: npm run crm:tenancy -- verify [--json] [--as NAME]

Counts every row of every table: rows without a UUID, rows whose UUID and slug differ, rows whose UUID is no tenant's, orphans,
duplicates and what is in quarantine. With --json also by tenant. Ends with 3 where a count is not zero.
`,
  async run(args) {
    const { values } = parseArgs({ args, options: commonOptions });
    return withCrm(values, async ({ owner, output }) => {
      const stage = await readStage(owner);
      const counts = await countRows(owner);
      const tables = countsByTable(counts);
      const gates = gatesOfAllRows(stage, await countRowsOfAll(owner));
      const wrong = counts.filter(isWrong);
      const isRight = wrong.length === 0 && !gates.some(isClosed);
      const lines = [
        `Schema: ${stage}`,
        ...columns(HEADING, tables.map(Object.values)),
        ...(wrong.length > 0 ? ['By tenant:'] : []),
        ...wrong.slice(0, 50).map((count) => `  ${wrongLine(count)}`),
        ...(wrong.length > 50 ? [`  and ${wrong.length - 50} more; --json has them all`] : []),
        ...gateLines(gates),
      ];
      output.result({ outcome: isRight ? 'DONE' : 'REFUSED', stage, tables, counts, gates }, lines);
      return isRight ? exitCodes.DONE : exitCodes.REFUSED;
    });
  },
};

function wrongLine(count: Awaited<ReturnType<typeof countRows>>[number]): string {
  const whose = count.tenantId === null ? `nobody (${JSON.stringify(count.slug)})` : count.slug;
  const { withoutUuid, disagreeing, withoutTenant } = count;
  return `${count.table} of ${whose}: ${withoutUuid} without UUID, ${disagreeing} disagreeing, ${withoutTenant} without tenant`;
}
