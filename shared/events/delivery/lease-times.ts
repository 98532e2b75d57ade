/** A consumer that takes longer to be handed events could not be asked. */
export const HAND_OVER_MAY_TAKE_MS = 15_000;

/** For so long nobody else hands the same over; longer than handing it over may take. */
export const LEASE_SECONDS = 20;
