import { parseArgs } from 'node:util';
import sql from 'sql-template-tag';
import { readStage } from '../schema/stage';
import { tenantTable } from '../schema/tenant-table';
import { commonOptions, type Subcommand, withCrm } from './command-context';
import { exitCodes } from './exit-codes';
import { namedTenant } from './named-tenant';
import { columns } from './output';

const SHOWN = 200;

interface LegacyCaller {
  tenant: string;
  clientId: string;
  userAgent: string;
  addressPrefix: string;
  uses: number;
  lastUsedAt: Date;
}

/** Who still sends a slug as tenantId (A40); changes nothing. */
export const ledger: Subcommand = {
  summary: 'who still sends a slug as tenantId, how often, and last when',
  help: `Usage: npm run crm:tenancy -- ledger [--tenant NAME] [--json] [--as NAME]

Lists the callers who sent a slug where a tenantId is asked for, the latest first, ${SHOWN} at most. A tenant whose callers do so is
not taken to COMPLETE until \`legacyCallerWindowMinutes\` after the last time; see knobs.

  --tenant NAME  only callers of this tenant, by slug or UUID
`,
  async run(args) {
    const { values } = parseArgs({ args, options: { ...commonOptions, tenant: { type: 'string' } } });
    return withCrm(values, async ({ owner, output }) => {
      const tenantId =
        values.tenant === undefined ? null : (await namedTenant(owner, values.tenant)).tenantId;
      const callers = await owner.rows<LegacyCaller>(sql`
        SELECT coalesce(t.slug, c.tenant_id::text) AS tenant, c.client_id AS "clientId", c.user_agent AS "userAgent",
               c.address_prefix AS "addressPrefix", c.uses::float8 AS uses, c.last_used_at AS "lastUsedAt"
          FROM crm_tenancy.legacy_caller c LEFT JOIN ${tenantTable(await readStage(owner))} t ON t.id = c.tenant_id
         WHERE ${tenantId}::uuid IS NULL OR c.tenant_id = ${tenantId}::uuid
         ORDER BY c.last_used_at DESC LIMIT ${SHOWN}`);
      const lines = columns(
        ['tenant', 'client', 'address', 'uses', 'last used', 'user agent'],
        callers.map(({ tenant, clientId, addressPrefix, uses, lastUsedAt, userAgent }) => [
          tenant,
          clientId,
          addressPrefix,
          uses,
          lastUsedAt.toISOString(),
          userAgent,
        ]),
      );
      output.result({ callers }, callers.length > 0 ? lines : ['Nobody sent a slug as tenantId.']);
      return exitCodes.DONE;
    });
  },
};
