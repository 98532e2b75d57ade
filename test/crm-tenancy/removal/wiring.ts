/** Folders and files that are nothing but the move from slugs to UUIDs. */
export const removed = [
  'subgraphs/crm/tenant-migration',
  'test/crm-tenancy',
  'seed/crm-legacy.ts',
  'migrations/crm/tenant-rows-policy.ts',
  'docs/runbooks/crm-tenant-uuid.md',
];

type Edit = [before: string | RegExp, after: string];

/** A line by itself, whatever stands around it. */
const line = (text: string): Edit => [new RegExp(`^[^\\n]*${text}[^\\n]*\\n`, 'm'), ''];

/** An entry of the catalogue of errors. */
const code = (name: string): Edit => [new RegExp(`^ {2}${name}: \\{\\n(?: {4}.*\\n)*? {2}\\},\\n`, 'm'), ''];

const OLD_USE: Edit = line('Its slug is the old use');
const OLD_USE_OF_LIST: Edit = line('The slug as `tenantId` is the old use');

/** The lines by which the rest knows of the move, and what stands there when it is over. */
export const wiring: Record<string, Edit[]> = {
  'README.md': [line('`npm run crm:tenancy`')],
  'package.json': [[/^[^\n]*"crm:tenancy[^\n]*\n/gm, ''], line('"crm:legacy":')],
  'knip.json': [line('tenant-migration'), ['"seed/{seed,crm-legacy}.ts"', '"seed/seed.ts"']],
  'shared/errors/catalogue.ts': [
    code('TENANCY_STAGE_WRONG'),
    code('TENANCY_GATE_CLOSED'),
    code('PENDING_LEADS_FULL'),
  ],
  'subgraphs/crm/README.md': [line('`tenant-migration/`'), [/\*\*Names of before\.\*\*[\s\S]*?\n\n/, '']],
  'subgraphs/crm/subgraph.ts': [
    line("from './tenant-migration/resolvers'"),
    line("from './tenant-migration/schema/bookkeeping'"),
    line("from './tenant-migration/tenant-migration'"),
    ['[...crmMigrations, KeepTenancyBooks1767225600050]', 'crmMigrations'],
    line("searchPath: \\['crm_live', 'crm'\\]"),
    line('createTenantMigration\\('),
    line('tenantMigrationResolvers,'),
    ['aliasUses, migration }', 'aliasUses }'],
    line('await migration.stop\\(\\)'),
  ],
  'subgraphs/crm/context.ts': [
    line("from '../../shared/subgraph/deprecated-use'"),
    line("from './tenant-migration/tenant-migration'"),
    line('/\\*\\* What is done beside the work while rows move'),
    line('migration: TenantMigration;'),
    line('/\\*\\* What the answer tells of uses that will end'),
    line('deprecatedUses: DeprecatedUse\\[\\];'),
    ["'leadGate' | 'aliasUses' | 'migration'", "'leadGate' | 'aliasUses'"],
    ['aliasUses, migration } = shared', 'aliasUses } = shared'],
    ['const whole = pool', 'const database = pool'],
    line('shadowReads.watched'),
    line('^ {4}migration,'),
    line('deprecatedUses: \\[\\],'),
  ],
  'subgraphs/crm/tenancy/named-tenant.ts': [
    ['context: Context, tenantId: string, path', '_context: Context, tenantId: string, path'],
    [
      'parseUuid(await context.migration.legacyNames.uuidOf(context, tenantId, path), path)',
      'parseUuid(tenantId, path)',
    ],
    [/\n\/\*\* The input with its[\s\S]*$/, ''],
  ],
  'subgraphs/crm/customers/create-customer.ts': [
    line('named-tenant'),
    ['await withNamedTenant(context, input)', 'input'],
  ],
  'subgraphs/crm/journeys/create-journey.ts': [
    line('named-tenant'),
    ['await withNamedTenant(context, input)', 'input'],
  ],
  'subgraphs/crm/segments/create-segment.ts': [
    line('named-tenant'),
    ['await withNamedTenant(context, input)', 'input'],
  ],
  'subgraphs/crm/customers/schema.graphql': [OLD_USE, OLD_USE_OF_LIST],
  'subgraphs/crm/journeys/schema.graphql': [OLD_USE],
  'subgraphs/crm/segments/schema.graphql': [OLD_USE],
  'subgraphs/crm/leads/schema.graphql': [
    OLD_USE_OF_LIST,
    [/ The\n {2}slug, without a token, is the old use[\s\S]*?Send `tenantSlug` instead\./, ''],
    [/; while the lead is pending the one that is nobody's, `[0-]+`/, ''],
    ['; while the lead is pending the one that was sent', ''],
    [/ {2}"""\n {2}The lead is kept until[\s\S]*?PENDING\n/, ''],
  ],
  'subgraphs/crm/leads/submit-lead.ts': [
    ['`PENDING_LEADS_FULL` or `SUBGRAPH_UNAVAILABLE`', 'or `SUBGRAPH_UNAVAILABLE`'],
    ['const { name, isLegacyName } = await parseTenantName(context, {', 'const name = parseTenantName({'],
    [
      /const \{ tenant, receipt \} = [\s\S]*?;\n {2}if \(receipt !== null\) return receipt;/,
      'const tenant = await resolveLeadTenant(context, name, context);',
    ],
    line('if \\(isLegacyName\\)'),
    [
      /async function parseTenantName\([\s\S]*?\): Promise<.*?> \{/,
      'function parseTenantName({ tenantSlug, tenantId }: SubmitLeadInput): TenantName {',
    ],
    ['return { name: { slug: value }, isLegacyName: false };', 'return { slug: value };'],
    line('legacyNames.slugOfLead'),
    line('if \\(slug !== null\\)'),
    [
      'return { name: { id: parseUuid(value, path) }, isLegacyName: false };',
      'return { id: parseUuid(value, path) };',
    ],
  ],
  'gateway/rate-limits/public-lead.ts': [
    ['const { tenantSlug, tenantId } = inputOf', 'const { tenantSlug } = inputOf'],
    [/ {2}\/\/ As long as tenants move[\s\S]*?: null;\n/, '  return null;\n'],
  ],
  'shared/identity/policy.ts': [['; look after the move of rows from slugs to UUIDs', '']],
  'test/audit/audited-mutations.test.ts': [
    ['migrationMutations, ', ''],
    ['fields.filter(({ name }) => !migrationMutations.includes(name))', 'fields'],
  ],
  'test/isolation/attack/attack.test.ts': [line("argument === 'to'")],
  'test/isolation/attack/own-mutations.ts': [
    [/\/\*\* What operators do while CRM's rows move[\s\S]*?\];\n\n/, ''],
    line('\\.\\.\\.migrationMutations,'),
  ],
};
