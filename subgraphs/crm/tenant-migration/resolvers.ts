import { assertWholePlatform } from '../../../shared/identity/whole-platform';
import type { Context } from '../context';
import type {
  CrmTenancyLedgerArgs,
  CrmTenancyMismatchesArgs,
  CrmTenancyQuarantineArgs,
  CrmTenancyTenantsArgs,
  MutationAdvanceCrmTenantArgs,
  MutationMapCrmSlugArgs,
  MutationRetireCrmSlugArgs,
  MutationTakeCrmTenantBackArgs,
} from '../graphql.generated';
import { readBackfillProgress, type TableProgress } from './backfill/progress';
import {
  advanceCrmTenant,
  mapCrmSlug,
  retireCrmSlug,
  setBackfillPause,
  takeCrmTenantBack,
} from './graph/change-tenancy';
import {
  countPendingLeads,
  type LedgerEntry,
  listCallers,
  listMismatches,
  listTenants,
  parseFirst,
  type ReadMismatch,
} from './graph/tenancy-lists';
import { gatesBeforeNext } from './phases/gates-before';
import type { PhaseMove } from './phases/move-tenant';
import { countPhases, type MigratedTenant } from './phases/read-tenants';
import { listQuarantine, type QuarantineEntry } from './quarantine/list-quarantine';
import type { TableRows } from './quarantine/row-counts';
import { readStage } from './schema/stage';

/** Whatever names a tenant, as the gateway is to look it up. */
const tenantOf = ({ tenantId }: { tenantId: string }) => ({ id: tenantId });
/** All of it is read where it is asked for. */
const tenancy = () => ({});

export const tenantMigrationResolvers = {
  Query: { crmTenancy: tenancy },
  CrmTenancy: {
    stage: (_tenancy: unknown, _args: unknown, { database }: Context) => readStage(database),
    tables(_tenancy: unknown, _args: unknown, { database, viewer }: Context) {
      assertWholePlatform(viewer);
      return readBackfillProgress(database);
    },
    phases: (_tenancy: unknown, _args: unknown, { database }: Context) => countPhases(database),
    tenants: (_tenancy: unknown, args: CrmTenancyTenantsArgs, { database }: Context) =>
      listTenants(database, args),
    ledger: (_tenancy: unknown, { first }: CrmTenancyLedgerArgs, { database, viewer }: Context) =>
      listCallers(database, viewer, parseFirst(first)),
    mismatches: (_tenancy: unknown, { first }: CrmTenancyMismatchesArgs, { database, viewer }: Context) =>
      listMismatches(database, viewer, parseFirst(first)),
    quarantine(_tenancy: unknown, { first }: CrmTenancyQuarantineArgs, { database, viewer }: Context) {
      assertWholePlatform(viewer);
      return listQuarantine(database, { limit: parseFirst(first) });
    },
    pendingLeads(_tenancy: unknown, _args: unknown, { database, viewer }: Context) {
      assertWholePlatform(viewer);
      return countPendingLeads(database);
    },
  },
  CrmTenancyTable: {
    name: ({ table }: TableProgress) => table,
    rows: ({ rowsTotal }: TableProgress) => rowsTotal,
    done: ({ rowsDone }: TableProgress) => rowsDone,
    etaSeconds: ({ eta }: TableProgress) => eta?.seconds ?? null,
  },
  CrmTenancyTenant: {
    tenantSlug: ({ slug }: MigratedTenant) => slug,
    tenant: (tenant: MigratedTenant) => tenantOf(tenant),
    gates: (tenant: MigratedTenant, _args: unknown, { database }: Context) =>
      gatesBeforeNext(database, tenant),
  },
  CrmLegacyCaller: { tenant: (caller: LedgerEntry) => tenantOf(caller) },
  CrmReadMismatch: { tenant: (mismatch: ReadMismatch) => tenantOf(mismatch) },
  CrmQuarantineEntry: {
    proposal: ({ proposal }: QuarantineEntry) => proposal && tenantOf(proposal),
  },
  CrmTenancyMove: { tenant: (move: PhaseMove) => tenantOf(move) },
  CrmChangedTable: { name: ({ table }: TableRows) => table },
  Mutation: {
    advanceCrmTenant: (_root: unknown, args: MutationAdvanceCrmTenantArgs, context: Context) =>
      advanceCrmTenant(context, args),
    takeCrmTenantBack: (_root: unknown, args: MutationTakeCrmTenantBackArgs, context: Context) =>
      takeCrmTenantBack(context, args),
    mapCrmSlug: (_root: unknown, args: MutationMapCrmSlugArgs, context: Context) => mapCrmSlug(context, args),
    retireCrmSlug: (_root: unknown, args: MutationRetireCrmSlugArgs, context: Context) =>
      retireCrmSlug(context, args),
    async pauseCrmBackfill(_root: unknown, _args: unknown, context: Context) {
      await setBackfillPause(context, true);
      return tenancy();
    },
    async resumeCrmBackfill(_root: unknown, _args: unknown, context: Context) {
      await setBackfillPause(context, false);
      return tenancy();
    },
  },
};
