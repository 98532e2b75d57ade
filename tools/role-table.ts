import { allRoles, type Role, roles, type Scope, scopes } from '../shared/identity/policy';

const BEGIN = '<!-- roles: begin. Generated from `shared/identity/policy.ts` by `npm run generate`. -->';
const END = '<!-- roles: end -->';

/** The page with the tables between its markers as `shared/identity/policy.ts` has them. Throws without markers. */
export function withRoleTable(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/SECURITY.md lacks the markers "${BEGIN}" and "${END}"`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${roleTable()}\n\n${page.slice(end)}`;
}

/** Who a role is and where it reaches, then which role has which scope. */
function roleTable(): string {
  const header = ['scope', 'may', ...allRoles.map((role) => `\`${role}\``)];
  const scopeRows = Object.entries(scopes).map(([scope, meaning]) =>
    [`\`${scope}\``, meaning, ...allRoles.map((role) => mark(role, scope as Scope))].join(' | '),
  );
  return [
    '| role | reaches | who it is |',
    '| --- | --- | --- |',
    ...allRoles.map((role) => `| \`${role}\` | ${reachOf(role)} | ${roles[role].meaning} |`),
    '',
    `| ${header.join(' | ')} |`,
    `|${' --- |'.repeat(header.length)}`,
    ...scopeRows.map((row) => `| ${row} |`),
  ].join('\n');
}

function reachOf(role: Role): string {
  return roles[role].reach === 'platform'
    ? 'every tenant, or those its token names'
    : 'the tenants its token names';
}

function mark(role: Role, scope: Scope): string {
  return (roles[role].scopes as readonly Scope[]).includes(scope) ? 'yes' : '';
}
