import DataLoader from 'dataloader';
import sql, { raw } from 'sql-template-tag';
import type { Database, SqlRunner, Transaction } from '../../../shared/database/database';
import { badInput } from '../../../shared/errors/coded-error';
import { createLoader } from '../../../shared/graphql/argument-loaders';
import { isListOverfull, type TenantList, type TenantLists } from '../tenancy/tenant-lists';
import type { TenantRow } from '../tenancy/tenant-row';
import { Journey, JourneyStep } from './journey.entity';
import type { JourneyStepRules } from './journey-input';

/** Journeys that a tenant has at most, and that `Tenant.journeys` answers. */
const MAX_JOURNEYS = 200;

export interface JourneyStore {
  findById(id: string): Promise<Journey | null>;
  /** Those of template packs first, then by name. */
  listOfTenant(tenantId: string): Promise<Journey[]>;
  listSteps(journey: Journey): Promise<JourneyStep[]>;
  /** Forgets what this request has read, so that what it asks for after a write is read again. */
  forget(): void;
}

/** Reads journeys and their steps for one request; look-ups and lists of one tick share a statement. */
export function createJourneyStore(database: Database, lists: TenantLists): JourneyStore {
  const columns = database.columns(Journey, 'j');
  const byId = createLoader(async (ids) => {
    const rows = await database.rows<Journey>(
      sql`SELECT ${raw(columns)} FROM journey j WHERE j.id = ANY (${[...ids]}::uuid[])`,
    );
    return new Map(rows.map((row) => [row.id, row]));
  });
  const list: TenantList = {
    table: 'journey',
    alias: 'j',
    columns: (prefix) => database.columns(Journey, 'j', { prefix }),
    order: 'j.is_system DESC, j.name, j.id',
    limit: MAX_JOURNEYS,
  };
  const steps = new DataLoader((journeys: readonly Journey[]) => readSteps(database, database, journeys));
  return {
    findById: (id) => byId.load(id),
    listOfTenant: async (tenantId) => await lists.load<Journey>(list, tenantId),
    listSteps: (journey) => steps.load(journey),
    forget() {
      byId.clearAll();
      steps.clearAll();
    },
  };
}

/** The journey's row, locked until the transaction ends, or `null`. */
export function lockJourney(database: Database, transaction: SqlRunner, id: string): Promise<Journey | null> {
  return transaction.row<Journey>(sql`
    SELECT ${raw(database.columns(Journey, 'j'))} FROM journey j WHERE j.id = ${id} FOR NO KEY UPDATE`);
}

/** The journey's steps as this transaction sees them. */
export async function listSteps(
  database: Database,
  transaction: SqlRunner,
  journey: Journey,
): Promise<JourneyStep[]> {
  const [steps = []] = await readSteps(database, transaction, [journey]);
  return steps;
}

export async function countSteps(transaction: SqlRunner, journeyId: string): Promise<number> {
  const counted = await transaction.row<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM journey_step WHERE journey_id = ${journeyId}`,
  );
  return counted?.count ?? 0;
}

/** Gives each journey these steps instead of the ones it has. */
export async function replaceSteps(
  { rows, manager }: Transaction,
  journeys: readonly (TenantRow & { id: string; steps: readonly JourneyStepRules[] })[],
): Promise<void> {
  await rows(sql`DELETE FROM journey_step WHERE journey_id = ANY (${journeys.map(({ id }) => id)}::uuid[])`);
  const steps = journeys.flatMap(({ id, tenantId, tenantSlug, steps: own }) =>
    own.map((step, index) => ({ ...step, tenantId, tenantSlug, journeyId: id, stepNumber: index + 1 })),
  );
  if (steps.length > 0) await manager.insert(JourneyStep, steps);
}

/** Throws `BAD_USER_INPUT` when a tenant has more journeys than fit its list; `isListOverfull` says when to ask. */
export async function assertJourneysFit(
  transaction: SqlRunner,
  tenantIds: readonly string[],
  path: string,
): Promise<void> {
  if (await isListOverfull(transaction, { table: 'journey', tenantIds, limit: MAX_JOURNEYS })) {
    throw badInput(path, 'maxJourneys', `a tenant has at most ${MAX_JOURNEYS} journeys`);
  }
}

async function readSteps(
  database: Database,
  runner: SqlRunner,
  journeys: readonly Journey[],
): Promise<JourneyStep[][]> {
  const rows = await runner.rows<JourneyStep>(sql`
    SELECT ${raw(database.columns(JourneyStep, 's'))} FROM journey_step s
    WHERE s.journey_id = ANY (${journeys.map(({ id }) => id)}::uuid[])
    ORDER BY s.journey_id, s.step_number`);
  const byJourney = new Map(journeys.map(({ id }) => [id, [] as JourneyStep[]]));
  for (const step of rows) byJourney.get(step.journeyId)?.push(step);
  return journeys.map(({ id }) => byJourney.get(id) ?? []);
}
