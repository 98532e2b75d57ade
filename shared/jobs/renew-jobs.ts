const ABANDONED_AFTER_S = 15;
const RENEW_EVERY_MS = 5_000;

/**
 * The statement that keeps a worker's jobs from being given to somebody else: `$1` is the queue, `$2` are their ids. Renewed no
 * more, they count as abandoned after fifteen seconds, whatever the queue says.
 */
export function renewStatement(schema: string): string {
  return `
    UPDATE ${schema}.job SET started_on = now(), expire_in = interval '${ABANDONED_AFTER_S} seconds'
    WHERE name = $1 AND id = ANY ($2::uuid[]) AND state = 'active'`;
}

/** Does `work`, with a renewal before it and again and again meanwhile. One that fails is made up for by the next. */
export async function whileRenewing(
  { renew, onError }: { renew: () => Promise<unknown>; onError: (error: Error) => void },
  work: () => Promise<void>,
): Promise<void> {
  await renew();
  const renewals = setInterval(() => renew().catch(onError), RENEW_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(renewals);
  }
}
