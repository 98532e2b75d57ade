export type DependencyState = 'up' | 'down';

/**
 * Whether a process can serve. `ready`: everything it needs answers. `degraded`: some of it does not, and the fields
 * that need it answer with an error. `down`: nothing can be served.
 */
export interface HealthReport {
  status: 'ready' | 'degraded' | 'down';
  dependencies: Record<string, DependencyState>;
}

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
