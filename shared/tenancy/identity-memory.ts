import { LRUCache } from 'lru-cache';
import type { DirectoryTenant, TenantKey } from './tenant-directory';

/** The time in milliseconds, which never goes back: `performance`, or a test's. */
export interface Clock {
  now(): number;
}

/** What a process remembers of Access Control's answers: each tenant once, found by every key that a system has for it. */
export interface IdentityMemory {
  /** The tenant as it was read last, and how long ago that was asked; `null` where nothing is remembered under the key. */
  find(key: TenantKey): { tenant: DirectoryTenant; ageMs: number } | null;
  /** Whether Access Control said a moment ago that nobody has the key. */
  isUnknown(key: TenantKey): boolean;
  /** Remembers the answer of a question that was asked at `askedAt`; what is newer already stays. */
  remember(key: TenantKey, answer: DirectoryTenant | null, askedAt: number): void;
  /** Forgets the tenant, and every key that was nobody's: it may be this tenant's by now. */
  forget(tenantId: string): void;
  /** How many tenants are remembered. */
  size(): number;
}

const MAX_TENANTS = 10_000;
/** A tenant has three names beside its id, and an old one may lie around. */
const MAX_NAMES = 4 * MAX_TENANTS;
/** How long a tenant is remembered for a time when Access Control does not answer. */
const REMEMBERED_MS = 15 * 60_000;
/** Keys that are nobody's are apart from the tenants, so that many of them push no tenant out. */
const MAX_UNKNOWN = 1_000;
/** Longer, and a tenant that another process has just created would seem not to exist. */
const UNKNOWN_MS = 1_000;

export function createIdentityMemory(clock: Clock): IdentityMemory {
  const tenants = new LRUCache<string, { tenant: DirectoryTenant; askedAt: number }>({ max: MAX_TENANTS });
  const ids = new LRUCache<string, string>({ max: MAX_NAMES });
  const unknown = new LRUCache<string, number>({ max: MAX_UNKNOWN });

  return {
    find(key) {
      const id = 'id' in key ? key.id : ids.get(nameOf(key));
      const known = id === undefined ? undefined : tenants.get(id);
      if (known === undefined || !has(known.tenant, key)) return null;
      const ageMs = clock.now() - known.askedAt;
      return ageMs < REMEMBERED_MS ? { tenant: known.tenant, ageMs } : null;
    },
    isUnknown(key) {
      const askedAt = unknown.get(nameOf(key));
      return askedAt !== undefined && clock.now() - askedAt < UNKNOWN_MS;
    },
    remember(key, answer, askedAt) {
      if (answer === null) {
        unknown.set(nameOf(key), askedAt);
        if ('id' in key) tenants.delete(key.id);
        else ids.delete(nameOf(key));
        return;
      }
      const known = tenants.peek(answer.id);
      if (known && known.askedAt > askedAt) return;
      tenants.set(answer.id, { tenant: answer, askedAt });
      for (const own of keysOf(answer)) {
        unknown.delete(nameOf(own));
        if (!('id' in own)) ids.set(nameOf(own), answer.id);
      }
    },
    forget(tenantId) {
      tenants.delete(tenantId);
      unknown.clear();
    },
    size: () => tenants.size,
  };
}

/** The key as a text that no other key is. */
export function nameOf(key: TenantKey): string {
  if ('id' in key) return `id ${key.id}`;
  if ('slug' in key) return `slug ${key.slug}`;
  if ('sclTenantCode' in key) return `scl ${key.sclTenantCode}`;
  return `messaging ${key.messagingTenantId}`;
}

function keysOf({ id, slug, sclTenantCode, messagingTenantId }: DirectoryTenant): TenantKey[] {
  return [
    { id },
    { slug },
    ...(sclTenantCode === null ? [] : [{ sclTenantCode }]),
    ...(messagingTenantId === null ? [] : [{ messagingTenantId }]),
  ];
}

/** Whether the tenant has the key: a name may have gone on to another tenant since it led here. */
function has(tenant: DirectoryTenant, key: TenantKey): boolean {
  if ('id' in key) return tenant.id === key.id;
  if ('slug' in key) return tenant.slug === key.slug;
  if ('sclTenantCode' in key) return tenant.sclTenantCode === key.sclTenantCode;
  return tenant.messagingTenantId === key.messagingTenantId;
}
