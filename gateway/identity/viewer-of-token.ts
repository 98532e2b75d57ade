import type { JWTPayload } from 'jose';
import { CodedError } from '../../shared/errors/coded-error';
import { isScope, type Role, roleOf, roles, type Scope } from '../../shared/identity/policy';
import type { Viewer } from '../../shared/identity/viewer';
import { asUuid } from '../../shared/input/uuid';

/** Tenants that a token may name; more do not fit into the headers of a request. */
const MAX_TENANTS = 100;

/**
 * The viewer whom a verified token speaks of. Its claims: `sub`; `roles`, a list or one name, in the spellings that
 * `roleOf` reads; `tenants`, the UUIDs of the tenants that it is bound to; `scope` (RFC 8693), which limits a `SERVICE`;
 * and `act.sub` for one who acts on behalf of `sub` (RFC 8693). Throws `UNAUTHENTICATED` for a claim of another shape.
 *
 * A platform role without `tenants` reaches the whole platform, and then it alone counts: the scopes of a tenant's role
 * are for tenants that the token names, and it names none.
 */
export function viewerOfToken(claims: JWTPayload): Viewer {
  const held = rolesOf(claims['roles']);
  const named = tenantsOf(claims['tenants']);
  const ofPlatform = held.filter((role) => roles[role].reach === 'platform');
  const isPlatformWide = named === null && ofPlatform.length > 0;
  const counting = isPlatformWide ? ofPlatform : held;
  const granted = grantedScopes(claims['scope']);
  const subject = nameOf(claims.sub, 'sub');
  const actor = actorOf(claims['act']);
  return {
    subject: actor ?? subject,
    kind: held.includes('SERVICE') ? 'service' : 'user',
    scopes: new Set(counting.flatMap((role) => scopesOf(role, granted))),
    tenants: isPlatformWide ? 'all' : (named ?? []),
    onBehalfOf: actor === null ? null : subject,
  };
}

function scopesOf(role: Role, granted: ReadonlySet<Scope>): Scope[] {
  const allowed: readonly Scope[] = roles[role].scopes;
  return role === 'SERVICE' ? allowed.filter((scope) => granted.has(scope)) : [...allowed];
}

/** Names of other systems' roles may stand among ours; they mean nothing here. */
function rolesOf(claim: unknown): Role[] {
  if (claim === undefined) return [];
  const names: unknown[] = Array.isArray(claim) ? claim : [claim];
  return names.flatMap((name) => {
    if (typeof name !== 'string') throw wrongClaim('roles', 'must be a name or a list of names');
    return roleOf(name) ?? [];
  });
}

function tenantsOf(claim: unknown): string[] | null {
  if (claim === undefined) return null;
  if (!Array.isArray(claim)) throw wrongClaim('tenants', 'must be a list of UUIDs');
  if (claim.length > MAX_TENANTS) throw wrongClaim('tenants', `must have ${MAX_TENANTS} entries at most`);
  const ids = claim.map((entry: unknown) => {
    const id = asUuid(entry);
    if (id === null) throw wrongClaim('tenants', 'must be a list of UUIDs');
    return id;
  });
  return [...new Set(ids)];
}

function grantedScopes(claim: unknown): ReadonlySet<Scope> {
  if (claim === undefined) return new Set();
  if (typeof claim !== 'string') throw wrongClaim('scope', 'must be a text of scopes with spaces between');
  return new Set(claim.split(' ').filter(isScope));
}

function actorOf(claim: unknown): string | null {
  if (claim === undefined) return null;
  if (typeof claim !== 'object' || claim === null) throw wrongClaim('act', 'must name the actor as `sub`');
  return nameOf((claim as { sub?: unknown }).sub, 'act.sub');
}

/** Names end in the audit trail, so they must be storable, and of a size. */
function nameOf(claim: unknown, path: string): string {
  if (typeof claim === 'string' && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(claim)) return claim;
  throw wrongClaim(path, 'must be a text of 1 to 255 characters');
}

function wrongClaim(name: string, problem: string): CodedError {
  return new CodedError('UNAUTHENTICATED', `The claim \`${name}\` of the token ${problem}`);
}
