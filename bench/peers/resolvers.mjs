import DataLoader from 'dataloader';

const TENANT = `t.id, t.slug, t.display_name AS "displayName", t.status, r.scl_tenant_code AS "sclTenantCode",
  r.messaging_tenant_id AS "messagingTenantId"`;
const ENTRY = `r.tenant_id AS "tenantId", r.scl_tenant_code AS "sclTenantCode",
  r.messaging_tenant_id AS "messagingTenantId", r.crm_tenant_id AS "crmTenantId",
  ARRAY (SELECT club.club_id FROM access_control.tenant_registry_club club
         WHERE club.tenant_id = r.tenant_id ORDER BY club.position) AS "teeTimeClubIds"`;
const TENANTS = 'access_control.tenant t LEFT JOIN access_control.tenant_registry r ON r.tenant_id = t.id';

const toEdges = (rows) => ({ edges: rows.map((node) => ({ node })) });

/** One statement for all keys of a tick; each key gets its row, or `null`. */
function rowLoader(pool, text, keyOf) {
  return new DataLoader(async (keys) => {
    const { rows } = await pool.query(text, [keys]);
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    return keys.map((key) => byKey.get(key) ?? null);
  });
}

/** The same where each key gets its rows in their order. */
function listLoader(pool, text, keyOf, ...more) {
  return new DataLoader(async (keys) => {
    const { rows } = await pool.query(text, [keys, ...more]);
    const byKey = new Map(keys.map((key) => [key, []]));
    for (const row of rows) byKey.get(keyOf(row))?.push(row);
    return keys.map((key) => byKey.get(key));
  });
}

/** What a service with DataLoader and statements written by hand does, system by system. */
export const subgraphs = {
  'access-control': {
    createLoaders: (pool) => ({
      tenants: rowLoader(
        pool,
        `SELECT ${TENANT} FROM ${TENANTS} WHERE t.id = ANY ($1::uuid[])`,
        ({ id }) => id,
      ),
      entries: rowLoader(
        pool,
        `SELECT ${ENTRY} FROM access_control.tenant_registry r WHERE r.tenant_id = ANY ($1::uuid[])`,
        ({ tenantId }) => tenantId,
      ),
    }),
    resolvers: {
      Query: {
        tenant: async (_root, { id, slug }, { pool, loaders }) => {
          if (id) return loaders.tenants.load(id);
          const { rows } = await pool.query(`SELECT ${TENANT} FROM ${TENANTS} WHERE t.slug = $1`, [slug]);
          return rows[0] ?? null;
        },
        tenants: async (_root, { first = 25 }, { pool }) => {
          const { rows } = await pool.query(
            `SELECT ${TENANT} FROM ${TENANTS} ORDER BY t.slug, t.id LIMIT $1`,
            [first],
          );
          return toEdges(rows);
        },
        tenantRegistry: async (_root, { teeTimeClubId }, { pool }) => {
          const { rows } = await pool.query(
            `SELECT ${ENTRY} FROM access_control.tenant_registry_club c
             JOIN access_control.tenant_registry r ON r.tenant_id = c.tenant_id WHERE c.club_id = $1`,
            [teeTimeClubId],
          );
          return rows[0] ?? null;
        },
      },
      Tenant: {
        __resolveReference: ({ id }, { loaders }) => loaders.tenants.load(id),
        registry: ({ id }, _args, { loaders }) => loaders.entries.load(id),
      },
      TenantRegistry: { tenant: ({ tenantId }, _args, { loaders }) => loaders.tenants.load(tenantId) },
    },
  },
  crm: {
    createLoaders: (pool) => {
      const byFirst = new Map();
      return {
        customers: (first) => {
          if (!byFirst.has(first)) {
            const text = `SELECT c.* FROM unnest($1::uuid[]) AS tenant(id) CROSS JOIN LATERAL (
              SELECT id, tenant_id, email, first_name AS "firstName", last_name AS "lastName" FROM crm.customer
              WHERE tenant_id = tenant.id ORDER BY created_at DESC, id DESC LIMIT $2) AS c`;
            byFirst.set(
              first,
              listLoader(pool, text, (row) => row.tenant_id, first),
            );
          }
          return byFirst.get(first);
        },
      };
    },
    resolvers: {
      Tenant: {
        customers: async ({ id }, { first = 25 }, { loaders }) =>
          toEdges(await loaders.customers(first).load(id)),
      },
    },
  },
  teetime: {
    createLoaders: (pool) => ({
      clubs: listLoader(
        pool,
        `SELECT id, tenant_id, club_code AS "clubCode", name FROM teetime.club WHERE tenant_id = ANY ($1::uuid[]) ORDER BY name, id`,
        (row) => row.tenant_id,
      ),
    }),
    resolvers: { Tenant: { clubs: ({ id }, _args, { loaders }) => loaders.clubs.load(id) } },
  },
  scl: {
    createLoaders: (pool) => ({
      tenants: rowLoader(
        pool,
        'SELECT id, code, name FROM scl.scl_tenant WHERE code = ANY ($1::text[])',
        ({ code }) => code,
      ),
      clubs: listLoader(
        pool,
        'SELECT id, scl_tenant_id, name FROM scl.scl_club WHERE scl_tenant_id = ANY ($1::uuid[]) ORDER BY name',
        (row) => row.scl_tenant_id,
      ),
    }),
    resolvers: {
      Tenant: { sclTenant: ({ sclTenantCode }, _args, { loaders }) => loaders.tenants.load(sclTenantCode) },
      SclTenant: { clubs: ({ id }, _args, { loaders }) => loaders.clubs.load(id) },
    },
  },
  messaging: {
    createLoaders: () => ({}),
    resolvers: {
      Tenant: {
        contacts: async ({ messagingTenantId }, { first = 25 }, { pool }) => {
          const { rows } = await pool.query(
            `SELECT id, email FROM messaging.contact WHERE messaging_tenant_id = $1
             ORDER BY created_at DESC, id DESC LIMIT $2`,
            [messagingTenantId, first],
          );
          return toEdges(rows);
        },
      },
    },
  },
};
