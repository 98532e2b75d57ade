import { badInput } from '../../../../shared/errors/coded-error';
import { assertWholePlatform } from '../../../../shared/identity/whole-platform';
import { assertStorable, parseUuid } from '../../../../shared/input/parse-input';
import type { Context } from '../../context';
import { pauseBackfill, recordOfPause, resumeBackfill } from '../backfill/knobs';
import { countLeadsOf } from '../pending-leads/pending-lead';
import { advanceTenant, type PhaseMove, takeTenantBack } from '../phases/move-tenant';
import type { TenantPhase } from '../phases/phase';
import { type MoveAction, recordOfMove } from '../phases/record-of-move';
import { recordOfSlug } from '../quarantine/change-records';
import { mapSlug } from '../quarantine/map-slug';
import { retireSlug } from '../quarantine/retire-slug';
import type { ChangedRows } from '../quarantine/row-counts';

const MAX_REASON = 500;
const MAX_SLUG = 1_000;

interface MoveRequest {
  tenantId: string;
  to: TenantPhase;
}

/** What a change of a text's rows did, or would do. */
export interface SlugChange extends ChangedRows {
  slug: string;
  duplicates: number;
  leads: number;
}

/** Takes a tenant forward. Throws `BAD_USER_INPUT`, `FORBIDDEN` but for the platform, and what `advanceTenant` throws. */
export async function advanceCrmTenant(
  context: Context,
  { override, ...request }: MoveRequest & { override?: string | null },
): Promise<PhaseMove> {
  const reason = override?.trim() || undefined;
  if (reason !== undefined) assertText(reason, 'override', MAX_REASON);
  return move(context, 'advanceCrmTenant', request, { override: reason }, advanceTenant);
}

/** Takes a tenant back. Throws `BAD_USER_INPUT`, `FORBIDDEN` but for the platform, and what `takeTenantBack` throws. */
export async function takeCrmTenantBack(context: Context, request: MoveRequest): Promise<PhaseMove> {
  return move(context, 'takeCrmTenantBack', request, {}, takeTenantBack);
}

async function move(
  { database, viewer, migration }: Context,
  action: MoveAction['action'],
  { tenantId, to }: MoveRequest,
  more: { override?: string },
  take: typeof advanceTenant,
): Promise<PhaseMove> {
  assertWholePlatform(viewer);
  const id = parseUuid(tenantId, 'tenantId');
  const moved = await database.transaction(async (transaction) => {
    const done = await take(transaction, { tenantId: id, to, by: viewer.subject, ...more });
    if (!done.isChanged) return done;
    await transaction.record(recordOfMove(done, { action, ...more }));
    return done;
  });
  void migration.watch.look();
  return moved;
}

/**
 * Has a text of rows name a tenant. Throws `FORBIDDEN` but for the platform, `BAD_USER_INPUT`, and what `mapSlug` throws.
 */
export async function mapCrmSlug(
  { database, viewer, migration }: Context,
  { slug, tenantId, dryRun = true }: { slug: string; tenantId: string; dryRun?: boolean },
): Promise<SlugChange> {
  assertWholePlatform(viewer);
  assertText(slug, 'slug', MAX_SLUG);
  const id = parseUuid(tenantId, 'tenantId');
  const change = await database.transaction(async (transaction) => {
    const leads = await countLeadsOf(transaction, slug);
    const mapped = await mapSlug(transaction, { slug, tenantId: id, by: viewer.subject, dryRun });
    const { isNew, tables } = mapped;
    if (!dryRun && (isNew || tables.length > 0)) {
      await transaction.record(recordOfSlug('mapCrmSlug', { slug, tenantId: id, tables, leads }));
    }
    return { ...mapped, leads };
  });
  // Leads may wait for it.
  if (!dryRun) void migration.watch.look();
  return { ...change, slug };
}

/**
 * Takes the rows of a text out. They are nobody's, and so is the entry of the audit trail. Throws `FORBIDDEN` but for the
 * platform, `BAD_USER_INPUT`, and what `retireSlug` throws.
 */
export async function retireCrmSlug(
  { database, viewer }: Context,
  { slug, dryRun = true }: { slug: string; dryRun?: boolean },
): Promise<SlugChange> {
  assertWholePlatform(viewer);
  assertText(slug, 'slug', MAX_SLUG);
  const change = await database.transaction(async (transaction) => {
    const retired = await retireSlug(transaction, { slug, by: viewer.subject, dryRun });
    const { tables } = retired;
    if (!dryRun && tables.length > 0) {
      await transaction.record(recordOfSlug('retireCrmSlug', { slug, tables }));
    }
    return retired;
  });
  return { ...change, slug, duplicates: 0, leads: 0 };
}

/** Has the backfill rest, or go on. Throws `FORBIDDEN` but for the platform. */
export async function setBackfillPause({ database, viewer }: Context, isPaused: boolean): Promise<void> {
  assertWholePlatform(viewer);
  await database.transaction(async (transaction) => {
    const by = viewer.subject;
    const isChanged = await (isPaused ? pauseBackfill : resumeBackfill)(transaction, { by });
    if (isChanged) await transaction.record(recordOfPause(isPaused));
  });
}

function assertText(text: string, path: string, max: number): void {
  if (text.length > max) throw badInput(path, 'length', `must have at most ${max} characters`);
  assertStorable(text, path);
}
