export type DependencyState = 'up' | 'down';

/**
 * Whether a process can serve. `ready`: everything it needs answers. `degraded`: some of it does not, and the fields
 * that need it answer with an error. `down`: nothing can be served. `stopping`: what comes is still served, but no more
 * should be sent here.
 */
export interface HealthReport {
  status: 'ready' | 'degraded' | 'down' | 'stopping';
  dependencies: Record<string, DependencyState>;
}

/** What a process says that was told to stop; it asks nothing of others for it. */
export const stopping: HealthReport = { status: 'stopping', dependencies: {} };

const CHECK_TIMEOUT_MS = 2_000;

function rejectAfter(milliseconds: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('no answer in time')), milliseconds).unref();
  });
}

/** Asks every dependency at once. One whose check rejects, or takes longer than two seconds, is down. */
export async function reportHealth(checks: Record<string, () => Promise<void>>): Promise<HealthReport> {
  const states = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, DependencyState]> => {
      const state = await Promise.race([check(), rejectAfter(CHECK_TIMEOUT_MS)]).then(
        () => 'up' as const,
        () => 'down' as const,
      );
      return [name, state];
    }),
  );
  const up = states.filter(([, state]) => state === 'up').length;
  const status = up === states.length ? 'ready' : up === 0 ? 'down' : 'degraded';
  return { status, dependencies: Object.fromEntries(states) };
}
