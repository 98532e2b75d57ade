import { setTimeout as sleep } from 'node:timers/promises';
import sql from 'sql-template-tag';
import type { DatabaseLocation } from '../../../../shared/database/roles';
import { runBackfill } from '../backfill/run-backfill';
import { type Gate, GateRefusal, isClosed } from '../phases/gates';
import { advanceTenant } from '../phases/move-tenant';
import type { TenantPhase } from '../phases/phase';
import { readTenants } from '../phases/read-tenants';
import { gatesBeforeStage } from '../phases/stage-gates';
import { LOCK_TIMEOUT_MS, moveStage } from '../schema/move-stage';
import { type Owner, openOwner } from '../schema/owner';
import { readStage, type Stage, stages } from '../schema/stage';
import { type LoadReport, startLoad } from './load';
import { type LockWaits, watchLocks } from './lock-watch';
import { mendEverything } from './mend-everything';

/** What one step of the way did to the copy. */
export interface RehearsedStep {
  step: string;
  seconds: number;
  bytesGrown: number;
  lockWaits: LockWaits;
  load: LoadReport;
  /** What refused it. It was then mended, or passed, on the copy alone, to see what comes after it. */
  refusals: Gate[];
  /** Locks that were not free in time, and were tried for again. */
  retries: number;
}

export interface Rehearsal {
  /** The original is not touched: this is what is to be expected of it. */
  steps: RehearsedStep[];
  /** Whether the operator ended it before the schema was contracted. */
  isStopped: boolean;
}

interface RehearseOptions {
  perSecond: number;
  by: string;
  signal: AbortSignal;
  report: (line: string) => void;
}

/** For how long requests are measured before anything is moved. */
const BASELINE_MS = 3_000;

type Work = (owner: Owner, report: (line: string) => void) => Promise<Gate[]>;

/** Takes a copied database all the way from where it is under a load, and measures each step. Throws what a step throws. */
export async function rehearse(location: DatabaseLocation, options: RehearseOptions): Promise<Rehearsal> {
  const owner = await openOwner(location, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  const tenants = await readTenants(owner, { limit: 1_000 });
  const load = await startLoad(location, { tenants, perSecond: options.perSecond });
  const locks = await watchLocks(location);
  const steps: RehearsedStep[] = [];
  try {
    for (const [step, work] of await stepsFrom(owner, options)) {
      if (options.signal.aborted) return { steps, isStopped: true };
      options.report(`rehearsing: ${step}`);
      const [startedAt, bytes] = [performance.now(), await databaseBytes(owner)];
      let retries = 0;
      load.report();
      locks.report();
      const refusals = await work(owner, (line) => {
        if (line.includes('trying again')) retries += 1;
      });
      const seconds = Math.round(performance.now() - startedAt) / 1_000;
      const bytesGrown = (await databaseBytes(owner)) - bytes;
      steps.push({
        step,
        seconds,
        bytesGrown,
        lockWaits: locks.report(),
        load: load.report(),
        refusals,
        retries,
      });
    }
    return { steps, isStopped: options.signal.aborted };
  } finally {
    await load.stop();
    await locks.stop();
    await owner.close();
  }
}

/** The steps that are left from the copy's stage on, after a moment in which nothing is done: what the others are held against. */
async function stepsFrom(owner: Owner, { by, signal }: RehearseOptions): Promise<[string, Work][]> {
  const goTo =
    (to: Stage): Work =>
    async (runner, report) => {
      const refusals = (await gatesBeforeStage(runner, to)).filter(isClosed);
      if (refusals.length > 0) await mendEverything(runner, { by });
      await moveStage(runner, to, { by, reporter: { report } });
      return refusals;
    };
  const advanceAll =
    (to: TenantPhase): Work =>
    (runner) =>
      advanceEveryTenant(runner, { to, by });
  const backfill: Work = async (runner, report) => {
    await runBackfill(runner, { report, signal });
    return [];
  };
  const way: [Stage, [string, Work][]][] = [
    ['LEGACY', [['expand', goTo('EXPANDED')]]],
    [
      'EXPANDED',
      [
        ['backfill', backfill],
        ['every tenant to DUAL_WRITE', advanceAll('DUAL_WRITE')],
        ['every tenant to CUTOVER', advanceAll('CUTOVER')],
        ['enforce', goTo('ENFORCED')],
      ],
    ],
    [
      'ENFORCED',
      [
        ['every tenant to COMPLETE', advanceAll('COMPLETE')],
        ['contract', goTo('CONTRACTED')],
      ],
    ],
  ];
  const asItIs: Work = async () => {
    await sleep(BASELINE_MS, undefined, { signal }).catch(() => undefined);
    return [];
  };
  const from = stages.indexOf(await readStage(owner));
  const left = way.filter(([stage]) => stages.indexOf(stage) >= from).flatMap(([, steps]) => steps);
  return [['as it is', asItIs], ...left];
}

/** Takes every tenant there, on the copy also those that are refused. Answers what refused them. */
async function advanceEveryTenant(
  owner: Owner,
  { to, by }: { to: TenantPhase; by: string },
): Promise<Gate[]> {
  const refusals: Gate[] = [];
  for (const { tenantId } of await readTenants(owner)) {
    const move = (override?: string) =>
      owner.transaction((tx) => advanceTenant(tx, { tenantId, to, by, override }));
    try {
      await move();
    } catch (error) {
      if (!(error instanceof GateRefusal)) {
        if (isBeyond(error)) continue;
        throw error;
      }
      refusals.push(...error.gates);
      await move('rehearsal');
    }
  }
  return summed(refusals);
}

/** One gate for all tenants that it refused. */
function summed(gates: readonly Gate[]): Gate[] {
  const byName = new Map<string, Gate>();
  for (const gate of gates) {
    const { count, examples } = byName.get(gate.name) ?? { count: 0, examples: [] };
    const all = [...examples, ...gate.examples];
    byName.set(gate.name, { ...gate, count: count + gate.count, examples: all.slice(0, 3) });
  }
  return [...byName.values()];
}

function isBeyond(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CONFLICT';
}

async function databaseBytes(owner: Owner): Promise<number> {
  const size = await owner.row<{ bytes: number }>(
    sql`SELECT pg_database_size(current_database())::float8 AS bytes`,
  );
  return size?.bytes ?? 0;
}
