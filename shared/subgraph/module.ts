import type { Logger } from 'pino';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { Database, DatabasePool } from '../database/database';
import type { MigrationClass } from '../database/migrator';
import type { DemoTenant } from '../demo/demo-tenants';
import type { DeprovisioningSettings } from '../deprovisioning-settings';
import type { EventSettings } from '../event-settings';
import type { Metrics } from '../metrics/metrics';
import type { PublicLeadSettings } from '../public-lead-settings';
import type { TenantDirectory } from '../tenancy/tenant-directory';
import type { SubgraphName } from './names';
import type { Subgraph } from './subgraph';
import type { SubgraphTransport } from './transport';

export interface SubgraphDependencies {
  /** Logged in as the subgraph's run-time role. */
  database: DatabasePool;
  /** How to resolve a tenant of Access Control, which itself only says what to forget. */
  tenants: TenantDirectory;
  /** How to reach every subgraph, this one among them. */
  subgraphs: Record<SubgraphName, SubgraphTransport>;
  /** What the process counts. */
  metrics: Metrics;
  logger: Logger;
  /** Milliseconds between two looks at which tenants changed in Access Control, beside its events; ten minutes unless given. */
  followIntervalMs?: number;
  /** What leads of the public must pass; CRM alone uses it. */
  publicLeads?: PublicLeadSettings;
  /** How tenants are removed; Access Control alone uses it. */
  deprovisioning?: DeprovisioningSettings;
  /** Milliseconds between two looks at whether registry and systems agree, by Access Control alone; nobody looks unless given. */
  driftPassMs?: number;
  /** Who hears of events outside of the graph; Access Control alone uses it. */
  events?: EventSettings;
}

/** All that an entry file needs to know of a subgraph in order to migrate, start and fill it. */
export interface SubgraphModule {
  name: SubgraphName;
  entities: EntityTarget<ObjectLiteral>[];
  /** Oldest first. */
  migrations: MigrationClass[];
  /** The schemas in which its SQL looks for a table's name; its own alone unless given. */
  searchPath?: readonly string[];
  create(dependencies: SubgraphDependencies): Promise<Subgraph>;
  /** Writes the system's share of the demo data. Repeating it adds nothing. Returns the number of rows written. */
  writeDemoData(database: Database, tenants: DemoTenant[]): Promise<number>;
}
