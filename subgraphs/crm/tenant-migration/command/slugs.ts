import { parseArgs } from 'node:util';
import { StartError } from '../../../../shared/start-error';
import { countLeadsOf } from '../pending-leads/pending-lead';
import { recordOfSlug } from '../quarantine/change-records';
import { mapSlug } from '../quarantine/map-slug';
import { restoreRetired, retireSlug } from '../quarantine/retire-slug';
import { unmapSlug } from '../quarantine/unmap-slug';
import { changeRows } from './change-rows';
import { commonOptions, dryRunOption, type Subcommand, withCrm } from './command-context';
import { namedTenant } from './named-tenant';

const withoutSlugOption = { 'without-slug': { type: 'boolean', default: false } } as const;

/** Has a slug of rows name a tenant. */
export const map: Subcommand = {
  summary: 'has a slug that rows have name a tenant',
  help: `Usage: npm run crm:tenancy -- map SLUG TENANT [--dry-run] [--json] [--as NAME]
       npm run crm:tenancy -- map SLUG --undo [--dry-run] [--json] [--as NAME]

SLUG is the text that rows have, letter by letter; quote its blanks. Its rows become the tenant's, and so do those that are
still written with it. What they had is kept. Leads that wait by it are replayed, at every stage.

  --undo     the slug names nobody any more; rows that had it, and leads that waited by it, have it again
  --dry-run  counts; changes nothing
`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...commonOptions, ...dryRunOption, undo: { type: 'boolean', default: false } },
    });
    const [slug, tenant, ...more] = positionals;
    if (slug === undefined || more.length > 0 || (tenant === undefined) !== values.undo) {
      throw new StartError('Say SLUG TENANT, or SLUG --undo. See --help.');
    }
    const isDryRun = values['dry-run'];
    return withCrm(values, async (context) => {
      const { owner, by } = context;
      if (tenant === undefined) {
        let tenantId: string | null = null;
        return changeRows(context, {
          verb: 'given back',
          isDryRun,
          async change(runner) {
            const part = await unmapSlug(runner, { slug, dryRun: isDryRun, tenantId });
            tenantId = part.tenantId;
            return part;
          },
          recordOf: ({ tables }) => recordOfSlug('unmapCrmSlug', { slug, tenantId, tables }),
          isChanged: ({ wasMapped }) => wasMapped,
        });
      }
      const { tenantId } = await namedTenant(owner, tenant);
      const leads = await countLeadsOf(owner, slug);
      return changeRows(context, {
        verb: 'mapped',
        isDryRun,
        leads,
        change: (runner) => mapSlug(runner, { slug, tenantId, by, dryRun: isDryRun }),
        recordOf: ({ tables }) => recordOfSlug('mapCrmSlug', { slug, tenantId, tables, leads }),
        isChanged: ({ isNew }) => isNew,
      });
    });
  },
};

/** Takes the rows of a slug of nobody out of the tables. */
export const retire: Subcommand = {
  summary: 'takes the rows of a slug that no tenant has out of the tables, and keeps them',
  help: `Usage: npm run crm:tenancy -- retire SLUG | --without-slug [--dry-run] [--json] [--as NAME]

  SLUG            the text that the rows have, letter by letter; quote its blanks
  --without-slug  rows that have none at all
  --dry-run       counts; changes nothing
`,
  async run(args) {
    const { slug, values } = slugOf(args);
    const isDryRun = values['dry-run'];
    return withCrm(values, (context) =>
      changeRows(context, {
        verb: 'retired',
        isDryRun,
        change: (runner) => retireSlug(runner, { slug, by: context.by, dryRun: isDryRun }),
        recordOf: ({ tables }) => recordOfSlug('retireCrmSlug', { slug, tables }),
      }),
    );
  },
};

/** Puts retired rows back. */
export const restore: Subcommand = {
  summary: 'puts the retired rows of a slug back as they were',
  help: `Usage: npm run crm:tenancy -- restore SLUG | --without-slug [--dry-run] [--json] [--as NAME]

Rows in whose place something else is by now stay retired; it ends with 3 then. For the stage EXPANDED: from a later one go
back to it first.

  SLUG            the text that the rows had, letter by letter; quote its blanks
  --without-slug  rows that had none at all
  --dry-run       counts; changes nothing
`,
  async run(args) {
    const { slug, values } = slugOf(args);
    const isDryRun = values['dry-run'];
    return withCrm(values, (context) =>
      changeRows(context, {
        verb: 'put back',
        isDryRun,
        change: (runner) => restoreRetired(runner, { slug, dryRun: isDryRun }),
        recordOf: ({ tables }) => recordOfSlug('restoreCrmSlug', { slug, tables }),
      }),
    );
  },
};

/** The slug that the arguments name, `null` for none at all. Throws a `StartError` unless it is one of both. */
function slugOf(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { ...commonOptions, ...dryRunOption, ...withoutSlugOption },
  });
  const [slug, ...more] = positionals;
  if (more.length > 0 || (slug === undefined) !== values['without-slug']) {
    throw new StartError('Say SLUG, or --without-slug. See --help.');
  }
  return { slug: slug ?? null, values };
}
