import { raw } from 'sql-template-tag';

/**
 * Ends a transaction of a request that waits three seconds for another one, say for the rename of a tenant with many
 * rows. The caller sees `SUBGRAPH_UNAVAILABLE` and may repeat the call.
 */
export const WAIT_BRIEFLY = raw("SET LOCAL lock_timeout = '3s'");
