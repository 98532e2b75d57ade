import { v5 as uuid5 } from 'uuid';

/**
 * The id of a record that a provisioning run creates: version 5 UUID of `<kind>:<key>` in the namespace of the run's own
 * UUID (RFC 9562 section 5.5). So a repeated call finds what it made before, and taking back knows what was the run's.
 * `kind` is the record's table, `key` names it within the tenant.
 */
export function recordOfRun(runId: string, kind: string, key: string): string {
  return uuid5(`${kind}:${key}`, runId);
}
