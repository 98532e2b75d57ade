import type { RecordedChange } from '../../../../shared/audit/record-change';
import { NO_TENANT } from '../../../../shared/tenancy/no-tenant';
import type { TableRows } from './row-counts';

/** Whether a text, or the rows that have it, come to mean a tenant or are there again; else that ends. */
const isGained = { mapCrmSlug: true, unmapCrmSlug: false, retireCrmSlug: false, restoreCrmSlug: true };

interface SlugRows {
  /** `null` for rows without any. */
  slug: string | null;
  /** Whose rows they become, or were; nobody's unless given. */
  tenantId?: string | null;
  tables: readonly TableRows[];
  /** Leads that waited by it. */
  leads?: number;
}

/** What the audit trail says of a change of a text's rows, whoever makes it in whichever way. */
export function recordOfSlug(action: keyof typeof isGained, { tenantId, ...rows }: SlugRows): RecordedChange {
  return {
    action,
    tenantKey: tenantId ?? NO_TENANT,
    recordType: 'CrmSlug',
    recordId: rows.slug ?? '',
    before: isGained[action] ? null : rows,
    after: isGained[action] ? rows : null,
  };
}

/** The same of a change of rows whose text is not what was wrong with them. */
export function recordOfRows(
  action: 'detachCrmOrphans' | 'mendCrmDuplicates' | 'agreeCrmRows' | 'putCrmOriginalsBack',
  after: { tables: readonly TableRows[]; keep?: string | null },
): RecordedChange {
  return { action, tenantKey: NO_TENANT, recordType: 'CrmRows', recordId: action, before: null, after };
}
