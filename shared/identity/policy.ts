/** What a caller may be allowed to do. The SDL's `@requiresScopes` names these and no others. */
export const scopes = {
  'tenant:read': 'read who the tenants are',
  'tenant:write': 'create, rename, disable and enable tenants',
  'tenant:remove': 'have tenants removed from every system, and call it off',
  'registry:read': 'read what each system calls a tenant',
  'registry:provision': 'provision tenants, enable systems, map clubs',
  'crm:read': 'read customers, leads, segments and journeys',
  'crm:write': 'change customers, leads, segments and journeys; leave leads by `tenantId`',
  'crm:admin': 'install template packs; look after the move of rows from slugs to UUIDs',
  'teetime:read': 'read TeeTime’s clubs',
  'teetime:write': 'change TeeTime’s clubs',
  'scl:read': 'read SCL’s tenants and clubs',
  'scl:write': 'change SCL’s tenants and clubs',
  'messaging:read': 'read Messaging’s contacts',
  'messaging:write': 'change Messaging’s contacts',
  'audit:read': 'read who changed what',
  'webhooks:read': 'read where events are posted to',
  'webhooks:write': 'have events posted somewhere',
  'events:read': 'read who hears of events, how far behind they are, and what was given up',
  'events:replay': 'hand events over again that were given up',
} as const;

/** What the graph's own systems do for each other. No role has these, and no token from outside can carry them. */
const internalScopes = {
  'events:deliver': 'hand events on to those who consume them',
  'systems:provision': 'set a tenant up in a system, take what it has there along, and take it out again',
  'systems:survey': 'look at what a system holds of all tenants',
} as const;

type PublicScope = keyof typeof scopes;

export type Scope = PublicScope | keyof typeof internalScopes;

/** The scopes that only the graph's own systems have. */
export const allInternalScopes = Object.keys(internalScopes) as (keyof typeof internalScopes)[];

/** Every scope that a role can have. */
export const allScopes = Object.keys(scopes) as PublicScope[];

export function isScope(text: string): text is Scope {
  return Object.hasOwn(scopes, text) || Object.hasOwn(internalScopes, text);
}

const reading: PublicScope[] = [
  'tenant:read',
  'registry:read',
  'crm:read',
  'teetime:read',
  'scl:read',
  'messaging:read',
];
const editing: PublicScope[] = ['crm:write', 'teetime:write', 'scl:write', 'messaging:write'];
const webhooks: PublicScope[] = ['webhooks:read', 'webhooks:write'];

interface RolePolicy {
  /** A platform role reaches every tenant unless its token names some; any other reaches the tenants its token names. */
  reach: 'platform' | 'tenant';
  scopes: readonly PublicScope[];
  meaning: string;
}

/**
 * The one table of who may do what, in the platform's own role names. `docs/SECURITY.md` shows it. A `SERVICE` has the
 * scopes that its token names in the claim `scope`, and no more than stand here.
 */
export const roles = {
  PLATFORM_ADMIN: {
    reach: 'platform',
    scopes: allScopes,
    meaning: 'runs the platform: everything, for every tenant',
  },
  PLATFORM_MANAGER: {
    reach: 'platform',
    scopes: [
      ...reading,
      ...editing,
      'tenant:write',
      'registry:provision',
      'crm:admin',
      ...webhooks,
      'events:read',
      'events:replay',
    ],
    meaning: 'provisions tenants and looks after their data',
  },
  PLATFORM_AUDITOR: {
    reach: 'platform',
    scopes: [...reading, 'audit:read', 'webhooks:read', 'events:read'],
    meaning: 'reads everything, writes nothing',
  },
  SERVICE: {
    reach: 'platform',
    scopes: allScopes,
    meaning: 'another system, by client credentials; limited to the scopes of its token',
  },
  TENANT_OWNER: {
    reach: 'tenant',
    scopes: [...reading, ...editing, 'crm:admin', 'audit:read', ...webhooks],
    meaning: 'answers for a tenant',
  },
  TENANT_ADMIN: {
    reach: 'tenant',
    scopes: [...reading, ...editing, 'crm:admin', ...webhooks],
    meaning: 'administers a tenant’s data in every system',
  },
  TENANT_EDITOR: { reach: 'tenant', scopes: [...reading, ...editing], meaning: 'works with a tenant’s data' },
  TENANT_VIEWER: { reach: 'tenant', scopes: reading, meaning: 'reads a tenant’s data' },
  CRM_ADMIN: {
    reach: 'tenant',
    scopes: ['tenant:read', 'registry:read', 'crm:read', 'crm:write', 'crm:admin'],
    meaning: 'administers a tenant’s CRM',
  },
  CRM_VIEWER: {
    reach: 'tenant',
    scopes: ['tenant:read', 'registry:read', 'crm:read'],
    meaning: 'reads a tenant’s CRM',
  },
} as const satisfies Record<string, RolePolicy>;

export type Role = keyof typeof roles;

export const allRoles = Object.keys(roles) as Role[];

/** The role of a name as tokens and people write it: `TENANT_ADMIN` and `tenant-admin` are one; `null` for no role. */
export function roleOf(name: string): Role | null {
  const role = name.toUpperCase().replaceAll('-', '_');
  return Object.hasOwn(roles, role) ? (role as Role) : null;
}
