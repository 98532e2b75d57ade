import { parseArgs } from 'node:util';
import sql from 'sql-template-tag';
import { openDatabase } from '../../shared/database/database';
import { joinDatabases } from '../../shared/database/database-locations';
import { runtimeUrl } from '../../shared/database/roles';
import { allRoles, allScopes, isScope, type Role, roleOf, roles } from '../../shared/identity/policy';
import { asUuid } from '../../shared/input/uuid';
import { failProcess } from '../../shared/run-process';
import { readSettings, type Settings } from '../../shared/settings';
import { StartError } from '../../shared/start-error';
import { schemaOf } from '../../shared/subgraph/names';
import { systemCall } from '../../shared/subgraph/transport';
import {
  DIGIWEDGE_TENANT_ID,
  DIGIWEDGE_TENANT_SLUG,
  YOLO_TENANT_ID,
  YOLO_TENANT_SLUG,
} from '../../shared/tenancy/well-known-tenants';
import { type LocalClaims, openLocalIssuer } from './local-issuer';

const nameOnCommandLine = (role: Role) => role.toLowerCase().replaceAll('_', '-');

const HELP = `Usage: npm run --silent token -- --role ROLE [--role ROLE]… [--tenant TENANT]… [options]

Prints a token of the local issuer, and nothing else. The graph accepts it while it runs on the same data folder
(DATA_DIR) and no OpenID provider is set. For development alone.

  --role ROLE      one of ${allRoles.map(nameOnCommandLine).join(', ')}
  --tenant TENANT  slug or UUID of a tenant that the token is bound to. A tenant's role needs one; a platform role
                   without reaches every tenant
  --scope SCOPES   for the role service: its scopes, with spaces between; all of them unless given
  --subject NAME   whom the token speaks for (default local-developer)
  --expires TIME   how long it is good, such as 30m, 12h or 7d (default 12h, at most 30d)
  --help           this text
`;

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MAX_LIFETIME_S = 30 * SECONDS.d;

const wellKnownTenants = new Map([
  [DIGIWEDGE_TENANT_SLUG, DIGIWEDGE_TENANT_ID],
  [YOLO_TENANT_SLUG, YOLO_TENANT_ID],
]);

async function printToken(): Promise<void> {
  const { values } = parseArgs({
    options: {
      role: { type: 'string', multiple: true, default: [] },
      tenant: { type: 'string', multiple: true, default: [] },
      scope: { type: 'string' },
      subject: { type: 'string' },
      expires: { type: 'string', default: '12h' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const settings = readSettings(process.env);
  if (settings.isProduction) {
    throw new StartError('With NODE_ENV=production tokens come from an OpenID provider, not from here.');
  }
  const held = chosenRoles(values.role);
  if (values.tenant.length === 0 && held.every((role) => roles[role].reach === 'tenant')) {
    throw new StartError(`${held.map(nameOnCommandLine).join(', ')} needs a tenant: --tenant digiwedge`);
  }
  const seconds = lifetime(values.expires);
  const claims: LocalClaims = { roles: held };
  if (values.subject !== undefined) claims.sub = values.subject;
  if (held.includes('SERVICE')) claims.scope = chosenScopes(values.scope);
  else if (values.scope !== undefined) throw new StartError('--scope is for the role service alone');
  if (values.tenant.length > 0) claims.tenants = await chosenTenants(values.tenant, settings);
  const issuer = await openLocalIssuer(settings.dataDirectory);
  console.log(await issuer.issue(claims, seconds));
}

function chosenRoles(names: string[]): Role[] {
  if (names.length === 0) throw new StartError('Name a role: --role platform-admin. See --help.');
  return names.map((name) => {
    const role = roleOf(name);
    if (role) return role;
    throw new StartError(
      `There is no role "${name}". Choose from ${allRoles.map(nameOnCommandLine).join(', ')}.`,
    );
  });
}

function chosenScopes(text = allScopes.join(' ')): string {
  const names = text.split(' ').filter((name) => name !== '');
  const unknown = names.find((name) => !isScope(name));
  if (unknown !== undefined) {
    throw new StartError(`There is no scope "${unknown}". Choose from ${allScopes.join(', ')}.`);
  }
  return names.join(' ');
}

function lifetime(text: string): number {
  const [, count, unit] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS];
  if (seconds > 0 && seconds <= MAX_LIFETIME_S) return seconds;
  throw new StartError('--expires must be a time such as 30m, 12h or 7d, at most 30d');
}

/** The UUIDs of tenants. Only a slug that is not well known costs a look into Access Control's database. */
async function chosenTenants(names: string[], settings: Settings): Promise<string[]> {
  const known = new Map(
    names.map((name): [string, string | undefined] => [name, asUuid(name) ?? wellKnownTenants.get(name)]),
  );
  const slugs = names.filter((name) => known.get(name) === undefined);
  if (slugs.length > 0) {
    for (const { id, slug } of await tenantsBySlug(slugs, settings)) known.set(slug, id);
  }
  return names.map((name) => {
    const id = known.get(name);
    if (id === undefined) throw new StartError(`There is no tenant "${name}".`);
    return id;
  });
}

async function tenantsBySlug(slugs: string[], settings: Settings): Promise<{ id: string; slug: string }[]> {
  const { databases, release } = await joinDatabases(settings);
  try {
    const database = await openDatabase({
      url: runtimeUrl(databases['access-control'], 'access-control'),
      schema: schemaOf('access-control'),
      entities: [],
      poolSize: 1,
      onPoolError: () => undefined,
    });
    try {
      return await database
        .forCall(systemCall('token'))
        .rows(sql`SELECT id, slug FROM access_control.tenant WHERE slug = ANY (${slugs}::text[])`);
    } finally {
      await database.close();
    }
  } finally {
    await release();
  }
}

printToken().catch(failProcess);
