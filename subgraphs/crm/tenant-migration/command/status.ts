import { parseArgs } from 'node:util';
import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';
import { readBackfillProgress, type TableProgress } from '../backfill/progress';
import { countRows, countsByTable, progressByTenant } from '../phases/count-rows';
import { gatesBeforeNext } from '../phases/gates-before';
import { tenantPhases } from '../phases/phase';
import { countPhases } from '../phases/read-tenants';
import { isWaiting } from '../quarantine/waiting-rows';
import { readStage } from '../schema/stage';
import { commonOptions, type Subcommand, withCrm } from './command-context';
import { exitCodes } from './exit-codes';
import { namedTenant } from './named-tenant';
import { columns } from './output';
import { gateLines } from './report-gates';

/** How far everything is; changes nothing. */
export const status: Subcommand = {
  summary: 'how far schema, tenants and rows are',
  help: `Usage: npm run crm:tenancy -- status [--tenant NAME] [--json] [--as NAME]

Says the stage of the schema, how many tenants are in each phase, how many rows of each table have their UUID, and what waits
for a person. It counts every row once; with --json it does so by tenant too.

  --tenant NAME  one tenant by slug or UUID: its phase, its rows, and the gates before its next one
`,
  async run(args) {
    const { values } = parseArgs({ args, options: { ...commonOptions, tenant: { type: 'string' } } });
    return withCrm(values, async ({ owner, output }) => {
      const { data, lines } =
        values.tenant === undefined ? await ofAll(owner) : await ofTenant(owner, values.tenant);
      output.result(data, lines);
      return exitCodes.DONE;
    });
  },
};

async function ofTenant(runner: SqlRunner, name: string): Promise<{ data: object; lines: string[] }> {
  const tenant = await namedTenant(runner, name);
  const gates = await gatesBeforeNext(runner, tenant);
  const since = tenant.since ? ` since ${tenant.since.toISOString()}, by ${tenant.changedBy}` : '';
  const next = tenantPhases[tenantPhases.indexOf(tenant.phase) + 1];
  const before = next ? [`Before ${next}:`, ...gateLines(gates)] : [];
  const isMoving = (await readStage(runner)) === 'EXPANDED';
  const tenants = isMoving ? progressByTenant(await countRows(runner)) : [];
  const progress = tenants.find(({ tenantId }) => tenantId === tenant.tenantId) ?? null;
  const rows = progress ? [`Rows: ${progress.rowsDone} with their UUID, ${progress.rowsLeft} without`] : [];
  return {
    data: { ...tenant, gates, backfill: progress },
    lines: [`${tenant.slug}: ${tenant.phase}${since}`, ...rows, ...before],
  };
}

async function ofAll(runner: SqlRunner): Promise<{ data: object; lines: string[] }> {
  const stage = await readStage(runner);
  const phases = await countPhases(runner);
  const counts = await countRows(runner);
  const tables = countsByTable(counts);
  const progress = stage === 'EXPANDED' ? await readBackfillProgress(runner) : [];
  const waiting = await countWaiting(runner);
  const inPhase = (phase: string) => phases.find((count) => count.phase === phase)?.tenants ?? 0;
  return {
    data: {
      stage,
      phases: Object.fromEntries(tenantPhases.map((phase) => [phase, inPhase(phase)])),
      tables,
      backfill: progress,
      tenants: stage === 'EXPANDED' ? progressByTenant(counts) : [],
      waiting,
    },
    lines: [
      `Schema: ${stage}`,
      `Tenants: ${tenantPhases.map((phase) => `${inPhase(phase)} ${phase}`).join(', ')}`,
      ...columns(
        ['table', 'rows', 'without UUID', 'backfill'],
        tables.map(({ table, rows, withoutUuid }) => [
          table,
          rows,
          withoutUuid,
          backfillText(progress.find((part) => part.table === table)),
        ]),
      ),
      `Waiting for a person: ${waiting.quarantinedRows} quarantined rows, ${waiting.pendingLeads} pending leads`,
      `Callers who sent a slug as tenantId: ${waiting.legacyCallers}`,
    ],
  };
}

function backfillText(progress: TableProgress | undefined): string {
  if (!progress?.state) return '';
  const { state, isWorkedOn, rowsPerSecond, eta, holdReason, rowsFailed } = progress;
  const isLeft = state !== 'DONE' && state !== 'STOPPED' && !isWorkedOn;
  return [
    isLeft ? `${state}, but nobody works on it` : state,
    state === 'RUNNING' && rowsPerSecond ? `${Math.round(rowsPerSecond)} rows/s` : '',
    eta && state !== 'DONE' ? `${eta.seconds} s left (${eta.lowSeconds} to ${eta.highSeconds})` : '',
    rowsFailed > 0 ? `${rowsFailed} failed` : '',
    holdReason ?? '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

interface Waiting {
  quarantinedRows: number;
  pendingLeads: number;
  legacyCallers: number;
}

async function countWaiting(runner: SqlRunner): Promise<Waiting> {
  const waiting = await runner.row<Waiting>(sql`
    SELECT (SELECT count(*) FROM crm_tenancy.quarantined_row q WHERE ${isWaiting(await readStage(runner))})::float8 AS "quarantinedRows",
           (SELECT count(*) FROM crm_tenancy.pending_lead WHERE state = 'PENDING')::float8 AS "pendingLeads",
           (SELECT count(*) FROM crm_tenancy.legacy_caller)::float8 AS "legacyCallers"`);
  return waiting ?? { quarantinedRows: 0, pendingLeads: 0, legacyCallers: 0 };
}
