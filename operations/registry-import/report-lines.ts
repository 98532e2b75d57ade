import { assertNever } from '../../shared/errors/coded-error';
import { type ImportProgress, type ImportReport, lacksAnything, type TenantImport } from './import-registry';

/** A page for people: how far it is, then a line for each tenant with something to say. */
export function pageLines({ examined, imports }: ImportProgress, apply: boolean): string[] {
  return [
    `${counted(examined, 'tenant')} looked at, ${imports.filter(lacksAnything).length} ${apply ? 'written' : 'to write'}`,
    ...imports.flatMap((each) => tenantLines(each)),
  ];
}

function tenantLines(of: TenantImport): string[] {
  const parts = [
    ...(of.isNewEntry ? ['new entry'] : []),
    ...(of.sclTenantCode ? [`SCL ${of.sclTenantCode}`] : []),
    ...(of.messagingTenantId ? [`Messaging ${of.messagingTenantId}`] : []),
    ...(of.crmTenantId ? ['CRM'] : []),
    ...(of.teeTimeClubIds.length > 0 ? [counted(of.teeTimeClubIds.length, 'club')] : []),
  ];
  return [
    ...(parts.length > 0 ? [`  ${of.tenant.slug}: ${parts.join(', ')}`] : []),
    ...of.conflicts.map(({ system, kind, message }) => `  ${of.tenant.slug}: ${system} ${message} (${kind})`),
  ];
}

/** The last lines: what nobody claims, and what came of it. */
export function reportLines(report: ImportReport): string[] {
  return [
    ...report.orphans.map(({ system, key }) => `No tenant claims ${key} in ${system}`),
    outcomeLine(report),
  ];
}

function outcomeLine({ outcome, imports, examined }: ImportReport): string {
  const tenants = counted(imports.filter(lacksAnything).length, 'tenant');
  switch (outcome) {
    case 'NOTHING_TO_DO':
      return `Nothing is left to import for ${counted(examined, 'tenant')}.`;
    case 'PLANNED':
      return `${tenants} to import. Nothing was changed; repeat with --apply to write.`;
    case 'IMPORTED':
      return `Imported ${tenants}.`;
    case 'CONFLICTS': {
      const count = imports.reduce((sum, { conflicts }) => sum + conflicts.length, 0);
      return `${counted(count, 'conflict')}, which a person must decide.`;
    }
    default:
      return assertNever(outcome);
  }
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
