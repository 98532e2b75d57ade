export type DependencyState = 'up' | 'down';

/**
 * Whether a process can serve. `ready`: everything it needs answers. `degraded`: some of it does not, and the fields
 * that need it answer with an error. `down`: nothing can be served.
 */
export interface HealthReport {
  status: 'ready' | 'degraded' | 'down';
  dependencies: Record<string, DependencyState>;
}

/** Asks every dependency at once. A check that rejects means that the dependency is down. */
export async function reportHealth(checks: Record<string, () => Promise<void>>): Promise<HealthReport> {
  const states = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, DependencyState]> => {
      const state = await check().then(
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
