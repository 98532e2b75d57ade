/** The key of events that belong to no tenant, and of audit entries about what is of the whole platform. */
export const NO_TENANT = '00000000-0000-0000-0000-000000000000';
