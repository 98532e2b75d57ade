/** A column of a table's key, and its type. */
interface KeyColumn {
  column: string;
  type: 'uuid' | 'text' | 'integer';
}

/** A table of CRM whose rows named their tenant by a slug. */
export interface MigratedTable {
  /** Without its schema, which is `crm`. */
  name: string;
  /** What tells its rows apart in every stage. */
  key: readonly KeyColumn[];
  /** In which order a tenant's rows are read page by page; absent where a tenant has few rows, which are read whole. */
  pageOrder?: string;
  /** Indexes by tenant, as the contracted schema has them. `{tenant}` stands for the tenant's column. */
  indexes: readonly Index[];
  /** What is unique within a tenant. */
  uniqueKeys: readonly UniqueKey[];
  /** Whom its rows belong to beside the tenant: the row is of the same tenant. */
  parent?: ParentKey;
}

interface Index {
  name: string;
  columns: string;
  where?: string;
}

interface UniqueKey extends Index {
  /** How the key by slug is called in the stages that still have it; `null` where no such key is needed. */
  slugName: string | null;
  /** A constraint of the table, its primary key, or (with a condition) an index alone. */
  kind: 'constraint' | 'primary key' | 'index';
}

interface ParentKey {
  constraint: string;
  column: string;
  table: string;
  onDelete: string;
  /** The key by the parent's id alone that the stages before have; `null` where nothing held the two together. */
  legacyConstraint: string | null;
}

/** How the index by slug is called that a stage before CONTRACTED reads by. */
export function slugIndexName({ name }: Index): string {
  return name.replace('_tenant_id_', '_slug_');
}

/** The index of a table's rows that still lack their UUID, in the order of its pages; a stage before CONTRACTED has it. */
export function missingUuidIndex(table: MigratedTable): Index[] {
  if (!table.pageOrder) return [];
  return [
    {
      name: `${table.name}_without_uuid`,
      columns: `tenant_id, ${table.pageOrder}`,
      where: 'tenant_uuid IS NULL',
    },
  ];
}

const NEWEST_FIRST = 'created_at DESC, id DESC';

const BY_ID: readonly KeyColumn[] = [{ column: 'id', type: 'uuid' }];

/** What lets rows of another table refer to a row of the same tenant. */
const referable = (name: string): UniqueKey => ({
  name: `${name}_tenant_id_id_key`,
  slugName: null,
  columns: '{tenant}, id',
  kind: 'constraint',
});

/** All tables whose rows belong to tenants, children before what they belong to. A test holds the list against the catalogue. */
export const migratedTables: readonly MigratedTable[] = [
  {
    name: 'lead',
    key: BY_ID,
    pageOrder: NEWEST_FIRST,
    indexes: [
      { name: 'lead_tenant_id_created_at', columns: `{tenant}, ${NEWEST_FIRST}` },
      {
        name: 'lead_tenant_id_customer_id',
        columns: '{tenant}, customer_id',
        where: 'customer_id IS NOT NULL',
      },
    ],
    uniqueKeys: [
      {
        name: 'lead_tenant_id_idempotency_key_key',
        slugName: 'lead_slug_idempotency_key_key',
        columns: '{tenant}, idempotency_key',
        where: 'idempotency_key IS NOT NULL',
        kind: 'index',
      },
    ],
    parent: {
      constraint: 'lead_customer_fkey',
      column: 'customer_id',
      table: 'customer',
      onDelete: '',
      legacyConstraint: null,
    },
  },
  {
    name: 'customer',
    key: BY_ID,
    pageOrder: NEWEST_FIRST,
    indexes: [
      { name: 'customer_tenant_id_created_at', columns: `{tenant}, ${NEWEST_FIRST}` },
      { name: 'customer_tenant_id_email', columns: '{tenant}, email' },
      { name: 'customer_tenant_id_phone_number', columns: '{tenant}, phone_number' },
    ],
    uniqueKeys: [
      referable('customer'),
      {
        name: 'customer_tenant_id_auth_user_id_key',
        slugName: 'customer_slug_auth_user_id_key',
        columns: '{tenant}, auth_user_id',
        kind: 'constraint',
      },
    ],
  },
  {
    name: 'segment',
    key: BY_ID,
    indexes: [],
    uniqueKeys: [
      {
        name: 'segment_tenant_id_name_key',
        slugName: 'segment_slug_name_key',
        columns: '{tenant}, name',
        kind: 'constraint',
      },
    ],
  },
  {
    name: 'journey_step',
    key: [
      { column: 'journey_id', type: 'uuid' },
      { column: 'step_number', type: 'integer' },
    ],
    indexes: [{ name: 'journey_step_tenant_id_journey_id', columns: '{tenant}, journey_id' }],
    uniqueKeys: [],
    parent: {
      constraint: 'journey_step_journey_fkey',
      column: 'journey_id',
      table: 'journey',
      onDelete: 'ON DELETE CASCADE',
      legacyConstraint: 'journey_step_journey_id_fkey',
    },
  },
  {
    name: 'journey',
    key: BY_ID,
    indexes: [],
    uniqueKeys: [
      referable('journey'),
      {
        name: 'journey_tenant_id_name_key',
        slugName: 'journey_slug_name_key',
        columns: '{tenant}, name',
        kind: 'constraint',
      },
    ],
  },
  {
    name: 'template_pack_installation',
    key: [
      { column: 'tenant_id', type: 'text' },
      { column: 'pack_key', type: 'text' },
    ],
    indexes: [],
    uniqueKeys: [
      {
        name: 'template_pack_installation_pkey',
        slugName: 'template_pack_installation_slug_pkey',
        columns: '{tenant}, pack_key',
        kind: 'primary key',
      },
    ],
  },
];

/** Those that are read page by page. */
export const pagedTables = migratedTables.filter(({ pageOrder }) => pageOrder);
