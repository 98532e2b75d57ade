import type { Database, SqlRunner } from '../../../shared/database/database';
import { withConflicts } from '../../../shared/database/postgres-errors';
import type { TenantSystem } from '../../../shared/tenancy/tenant-directory';
import type { Tenant } from '../tenants/tenant.entity';
import { whileClaimed } from './claimed-keys';
import type { TenantProvisionConfig } from './provision-config';
import { recordEntryChange } from './record-entry-change';
import { createRegistryLoaders } from './registry-reads';
import {
  addClubs,
  enterEntry,
  markProvisioned,
  openEntry,
  removeClub,
  setSystemEnabled,
  touchEntry,
  writeConfig,
} from './registry-writes';
import { keptKey, replacedKeys } from './replaced-keys';
import { clubKeysOf, registryConflicts, takenClubs, takenKeyRefusal, uniqueKeysOf } from './taken-keys';
import type { RegistryEntry } from './tenant-registry.entity';

/**
 * The registry as ADR-0003 offers it to the platform. Look-ups answer `null` where there is nothing; writes answer the
 * entry as it is afterwards, are safe to repeat, and throw `TENANT_NOT_FOUND` for an unknown tenant.
 */
export interface TenantRegistryService {
  findById(id: string): Promise<RegistryEntry | null>;
  findByTenantId(tenantId: string): Promise<RegistryEntry | null>;
  findByTenantSlug(slug: string): Promise<RegistryEntry | null>;
  findBySclCode(sclCode: string): Promise<RegistryEntry | null>;
  findByTeeTimeClubId(clubId: string): Promise<RegistryEntry | null>;
  findByMessagingTenantId(messagingId: string): Promise<RegistryEntry | null>;
  findByCrmTenantId(crmId: string): Promise<RegistryEntry | null>;

  /** Throws `CONFLICT` when a code, an id or a club is another tenant's, or the tenant has another code or id. */
  provision(tenantId: string, config: TenantProvisionConfig): Promise<RegistryEntry>;
  enableSystem(tenantId: string, system: TenantSystem): Promise<RegistryEntry>;
  disableSystem(tenantId: string, system: TenantSystem): Promise<RegistryEntry>;
  /** Throws `CONFLICT` when the registry maps the club to another tenant; TeeTime is not asked. */
  addTeeTimeClub(tenantId: string, clubId: string): Promise<RegistryEntry>;
  /** Opens no entry: throws `NOT_FOUND` for a tenant that has none. */
  removeTeeTimeClub(tenantId: string, clubId: string): Promise<RegistryEntry>;

  /** Takes in what was read elsewhere: the tenant's entry, or that it has none. */
  remember(tenantId: string, entry: RegistryEntry | null): void;
  /** Drops what was read, so that fields below a write show what it wrote. */
  forget(): void;
}

/**
 * The service for one request; look-ups of one tick share a statement. `onTenant` gets the tenant of each entry that is
 * looked up.
 */
export function createRegistryService(
  database: Database,
  onTenant: (tenant: Tenant) => void = () => undefined,
): TenantRegistryService {
  const loaders = createRegistryLoaders(database, ({ tenant, entry }) => {
    onTenant(tenant);
    remember(tenant.id, entry);
  });

  function remember(tenantId: string, entry: RegistryEntry | null): void {
    loaders.tenantId.prime(tenantId, entry);
  }

  function forget(): void {
    for (const loader of Object.values(loaders)) loader.clearAll();
  }

  async function change(
    action: string,
    tenantId: string,
    write: (transaction: SqlRunner, before: RegistryEntry | null) => Promise<unknown>,
    enter: typeof openEntry | typeof enterEntry = openEntry,
  ): Promise<RegistryEntry> {
    const { after } = await database.transaction((transaction) =>
      recordEntryChange(database, transaction, { action, tenantId }, async (before) => {
        await enter(transaction, tenantId, { path: 'tenantId' });
        await write(transaction, before);
      }),
    );
    forget();
    return after;
  }

  return {
    findById: (id) => loaders.id.load(id),
    findByTenantId: (tenantId) => loaders.tenantId.load(tenantId),
    findByTenantSlug: (slug) => loaders.tenantSlug.load(slug),
    findBySclCode: (sclCode) => loaders.sclTenantCode.load(sclCode),
    findByTeeTimeClubId: (clubId) => loaders.teeTimeClubId.load(clubId),
    findByMessagingTenantId: (messagingId) => loaders.messagingTenantId.load(messagingId),
    findByCrmTenantId: (crmId) => loaders.crmTenantId.load(crmId),

    provision: (tenantId, config) =>
      withConflicts(registryConflicts, () =>
        change('provision', tenantId, (transaction, before) => {
          const [kept] = replacedKeys(before, config);
          if (kept) throw keptKey(kept);
          const keys = uniqueKeysOf(config);
          return whileClaimed(transaction, { tenantId, keys }, takenKeyRefusal, async () => {
            const isChanged = await writeConfig(transaction, tenantId, config);
            await markProvisioned(transaction, tenantId, { isChanged });
          });
        }),
      ),
    enableSystem: (tenantId, system) =>
      change('enableSystem', tenantId, (transaction) =>
        setSystemEnabled(transaction, tenantId, system, true),
      ),
    disableSystem: (tenantId, system) =>
      change('disableSystem', tenantId, (transaction) =>
        setSystemEnabled(transaction, tenantId, system, false),
      ),
    addTeeTimeClub: (tenantId, clubId) =>
      change('addTeeTimeClub', tenantId, (transaction) =>
        whileClaimed(
          transaction,
          { tenantId, keys: clubKeysOf([clubId]) },
          () => takenClubs('clubId', [clubId]),
          async () => {
            const isNew = await addClubs(transaction, tenantId, [clubId], 'clubId');
            if (isNew) await touchEntry(transaction, tenantId);
          },
        ),
      ),
    removeTeeTimeClub: (tenantId, clubId) =>
      change(
        'removeTeeTimeClub',
        tenantId,
        (transaction) => removeClub(transaction, tenantId, clubId),
        enterEntry,
      ),
    remember,
    forget,
  };
}
