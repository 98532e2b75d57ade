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
