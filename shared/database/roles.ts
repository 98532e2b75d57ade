import { createHmac } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { StartError } from '../start-error';
import { type SubgraphName, schemaOf } from '../subgraph/names';
import { describeConnectionFailure } from './postgres-errors';

/** Where a subgraph's data is, and how to log in there as the administrator or as its run-time role. */
export interface DatabaseLocation {
  /** An administrator who may create roles and schemas, or the run-time role itself (then nothing is created). */
  url: string;
  /** What the passwords of the run-time roles are derived from; the administrator's password unless set. */
  roleSecret?: string;
}

export const ownerRoleOf = (name: SubgraphName): string => `${schemaOf(name)}_owner`;
export const runtimeRoleOf = (name: SubgraphName): string => `${schemaOf(name)}_app`;

/** Whether the address logs in as the subgraph's run-time role, which may neither migrate nor create anything. */
export function isRuntimeLogin(location: DatabaseLocation, name: SubgraphName): boolean {
  return decodeURIComponent(new URL(location.url).username) === runtimeRoleOf(name);
}

/** The address for the subgraph's run-time role: it owns nothing and sees one schema. */
export function runtimeUrl(location: DatabaseLocation, name: SubgraphName): string {
  const url = new URL(location.url);
  if (isRuntimeLogin(location, name) && url.password !== '') return location.url;
  url.username = runtimeRoleOf(name);
  url.password = encodeURIComponent(runtimePassword(location, name) ?? '');
  return url.toString();
}

/**
 * The run-time role's password, or `null` where neither a secret nor an administrator's password exists: such a
 * server trusts its connections, and a role without a password can log in nowhere else.
 */
function runtimePassword(location: DatabaseLocation, name: SubgraphName): string | null {
  const secret = location.roleSecret || decodeURIComponent(new URL(location.url).password);
  if (secret === '') return null;
  return createHmac('sha256', secret).update(runtimeRoleOf(name)).digest('base64url');
}

/**
 * Creates the subgraph's schema, its owner role (no login; migrations run as it) and its run-time role (login;
 * owns nothing, never bypasses row-level security). Safe to repeat and to run from several processes at once.
 */
export async function prepareSchema(location: DatabaseLocation, name: SubgraphName): Promise<void> {
  const schema = escapeIdentifier(schemaOf(name));
  const owner = escapeIdentifier(ownerRoleOf(name));
  const runtime = escapeIdentifier(runtimeRoleOf(name));
  const password = runtimePassword(location, name);
  const credentials = password === null ? 'NULL' : escapeLiteral(password);

  const statements = [
    createRole(owner, 'NOLOGIN'),
    createRole(runtime, 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS'),
    `ALTER ROLE ${runtime} PASSWORD ${credentials}`,
    `GRANT ${owner} TO CURRENT_USER`,
    `DO $$ BEGIN EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO ${owner}', current_database()); END $$`,
    `DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO ${runtime}', current_database()); END $$`,
    `CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${owner}`,
    `GRANT USAGE ON SCHEMA ${schema} TO ${runtime}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${schema}
       GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${runtime}`,
    `ALTER ROLE ${runtime} SET search_path TO ${schema}`,
  ];

  const client = new Client({ connectionString: location.url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
  } catch (error) {
    throw describeConnectionFailure(error, location.url);
  }
  try {
    for (const statement of statements) await repeatOnConcurrentUpdate(() => client.query(statement));
  } catch (error) {
    const reason = (error as Error).message;
    throw new StartError(
      `The schema and roles of ${name} cannot be prepared in the database: ${reason}`,
      error,
    );
  } finally {
    await client.end();
  }
}

function createRole(role: string, attributes: string): string {
  return `DO $$ BEGIN CREATE ROLE ${role} ${attributes};
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`;
}

/** Roles belong to the whole server, where PostgreSQL answers two simultaneous changes with "tuple concurrently updated". */
async function repeatOnConcurrentUpdate(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const concurrent = error instanceof Error && /concurrently|deadlock|duplicate key/.test(error.message);
      if (!concurrent || attempt === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt));
    }
  }
}
