/** The settings of what the API does while rows move from slugs to UUIDs. */
export const apiKnobs = {
  shadowReadShare: {
    default: 0.01,
    min: 0,
    max: 1,
    isFractional: true,
    meaning: 'the share of the reads of tenants in DUAL_WRITE that is read both ways: 0 is none, 1 is each',
  },
  pendingLeads: {
    default: 10_000,
    min: 0,
    max: 1_000_000,
    meaning: 'leads that may wait until it can be told whose they are',
  },
  pendingLeadsPerSlug: { default: 100, min: 0, max: 1_000_000, meaning: 'the same, for one slug' },
  pendingLeadDays: { default: 7, min: 1, max: 90, meaning: 'days for which a lead waits at most' },
} as const;
