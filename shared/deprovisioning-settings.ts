import path from 'node:path';
import { type CleanedEnv, cleanEnv, str } from 'envalid';
import { between } from './setting-validators';

/** How tenants are removed. */
export interface DeprovisioningSettings {
  /** Days between the request and the removal; 0 removes at once. */
  graceDays: number;
  /** Removals that may begin within 24 hours. */
  perDay: number;
  /** The folder for the files with what was removed. */
  exportDirectory: string;
}

/** The environment variables of removals, with their rules. */
export const deprovisioningVariables = {
  DEPROVISION_GRACE_DAYS: between(0, 3_650)({ default: 30 }),
  DEPROVISION_PER_DAY: between(1, 1_000)({ default: 5 }),
  EXPORT_DIR: str({ default: undefined }),
};

/** `dataDirectory` has the exports where no folder is set for them. */
export function deprovisioningSettings(
  values: CleanedEnv<typeof deprovisioningVariables>,
  dataDirectory: string,
): DeprovisioningSettings {
  return {
    graceDays: values.DEPROVISION_GRACE_DAYS,
    perDay: values.DEPROVISION_PER_DAY,
    exportDirectory: path.resolve(values.EXPORT_DIR || path.join(dataDirectory, 'exports')),
  };
}

/** How tenants are removed where nothing is set. */
export const defaultDeprovisioning = deprovisioningSettings(cleanEnv({}, deprovisioningVariables), '.data');
