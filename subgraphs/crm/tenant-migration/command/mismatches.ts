import { parseArgs } from 'node:util';
import sql, { type Sql } from 'sql-template-tag';
import { StartError } from '../../../../shared/start-error';
import { COMMAND } from '../phases/gates';
import type { Owner } from '../schema/owner';
import { commonOptions, dryRunOption, type Subcommand, withCrm } from './command-context';
import { exitCodes } from './exit-codes';
import { namedTenant } from './named-tenant';
import { recordAs } from './on-record';

const SHOWN = 20;

interface Mismatch {
  statement: string;
  onlyBySlug: unknown;
  onlyByUuid: unknown;
  seenAt: Date;
}

/** Where reads by slug and by UUID differed. */
export const mismatches: Subcommand = {
  summary: "where a tenant's reads by slug and by UUID differed",
  help: `Usage: npm run crm:tenancy -- mismatches --tenant NAME [--clear] [--dry-run] [--json] [--as NAME]

Lists reads that differed, the latest first, ${SHOWN} at most, with the rows that only one of the two had, and how many reads were
compared. Differences keep a tenant from CUTOVER for \`readMismatchWindowMinutes\`; see knobs.

  --tenant NAME  the tenant by slug or UUID
  --clear        forgets them, once their reason is mended
  --dry-run      with --clear: says how many; changes nothing
`,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        ...commonOptions,
        ...dryRunOption,
        tenant: { type: 'string' },
        clear: { type: 'boolean', default: false },
      },
    });
    const { tenant } = values;
    if (tenant === undefined) throw new StartError('Say whose: --tenant NAME.');
    return withCrm(values, async ({ owner, output, by }) => {
      const { tenantId, slug } = await namedTenant(owner, tenant);
      const count = (statement: Sql) =>
        owner.row<{ count: number }>(statement).then((row) => row?.count ?? 0);
      const total = await count(
        sql`SELECT count(*)::float8 AS count FROM crm_tenancy.read_mismatch WHERE tenant_id = ${tenantId}::uuid`,
      );
      if (values.clear) {
        const cleared = values['dry-run'] ? total : await clearMismatches(owner, { tenantId, by });
        const verb = values['dry-run'] ? 'would be' : 'are';
        output.result({ cleared, isDryRun: values['dry-run'] }, [
          `${slug}: ${cleared} differences ${verb} forgotten.`,
        ]);
        return exitCodes.DONE;
      }
      const compared = await count(
        sql`SELECT coalesce(sum(compared), 0)::float8 AS count FROM crm_tenancy.read_comparison
             WHERE tenant_id = ${tenantId}::uuid`,
      );
      const found = await owner.rows<Mismatch>(sql`
        SELECT statement, only_by_slug AS "onlyBySlug", only_by_uuid AS "onlyByUuid", seen_at AS "seenAt"
          FROM crm_tenancy.read_mismatch WHERE tenant_id = ${tenantId}::uuid ORDER BY seen_at DESC LIMIT ${SHOWN}`);
      output.result({ slug, compared, differed: total, mismatches: found }, [
        `${slug}: ${compared} reads compared, ${total} differences kept`,
        ...found.flatMap(({ statement, onlyBySlug, onlyByUuid, seenAt }) => [
          `${seenAt.toISOString()}  ${statement}`,
          `  only by slug: ${JSON.stringify(onlyBySlug)}`,
          `  only by UUID: ${JSON.stringify(onlyByUuid)}`,
        ]),
        ...(total > 0 ? [`When their reason is mended: ${COMMAND} mismatches --tenant ${slug} --clear`] : []),
      ]);
      return exitCodes.DONE;
    });
  },
};

/** Forgets the tenant's differences, with their number in the audit trail. Answers how many they were. */
function clearMismatches(owner: Owner, { tenantId, by }: { tenantId: string; by: string }): Promise<number> {
  return owner.transaction(async (tx) => {
    const gone = await tx.row<{ count: number }>(sql`
      WITH gone AS (DELETE FROM crm_tenancy.read_mismatch WHERE tenant_id = ${tenantId}::uuid RETURNING 1)
      SELECT count(*)::float8 AS count FROM gone`);
    const mismatches = gone?.count ?? 0;
    if (mismatches > 0) {
      await recordAs(by, tx, {
        action: 'clearCrmReadMismatches',
        tenantKey: tenantId,
        recordType: 'CrmTenancyTenant',
        recordId: tenantId,
        before: { mismatches },
        after: { mismatches: 0 },
      });
    }
    return mismatches;
  });
}
