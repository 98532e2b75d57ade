import { raw, type Sql } from 'sql-template-tag';
import type { Stage } from './stage';

/** Where CRM's copies of the tenants are: in the stage LEGACY, its own schema has no table of tenants (A8). */
export function tenantTable(stage: Stage): Sql {
  return raw(stage === 'LEGACY' ? 'crm_live.tenant' : 'crm.tenant');
}
