import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../../shared/database/database';

/** How long what was seen of a tenant keeps it back. */
export const windowKnobs = {
  readMismatchWindowMinutes: {
    default: 60,
    min: 0,
    max: 525_600,
    meaning: 'minutes for which a difference between reads keeps a tenant from CUTOVER',
  },
  legacyCallerWindowMinutes: {
    default: 1_440,
    min: 0,
    max: 525_600,
    meaning: 'minutes for which a caller who sent the slug keeps a tenant from COMPLETE',
  },
} as const;

/** The window in minutes, as it is now. */
export async function readWindow(runner: SqlRunner, name: keyof typeof windowKnobs): Promise<number> {
  const setting = await runner.row<{ value: unknown }>(
    sql`SELECT value FROM crm_tenancy.setting WHERE name = ${name}`,
  );
  return typeof setting?.value === 'number' ? setting.value : windowKnobs[name].default;
}
