/**
 * The UUID that is nobody's (RFC 9562, 5.9): of events that belong to no tenant, of audit entries about what is of the whole
 * platform, and of leads whose tenant is not known yet.
 */
export const NO_TENANT = '00000000-0000-0000-0000-000000000000';
