/** Tells those who wait in this process for a run that something happened to it. */
export interface RunBells {
  /** Wakes everybody who listens for the run. */
  ring(runId: string): void;
  /** Begins to listen for the run. */
  listen(runId: string): RunBell;
}

export interface RunBell {
  /** Resolves when it rang since the last time, or after `milliseconds`. */
  next(milliseconds: number): Promise<void>;
  /** Ends the listening. */
  close(): void;
}

export function createRunBells(): RunBells {
  const listeners = new Map<string, Set<() => void>>();
  return {
    ring(runId) {
      for (const wake of listeners.get(runId) ?? []) wake();
    },
    listen(runId) {
      let hasRung = false;
      let resolve: () => void = () => undefined;
      const wake = () => {
        hasRung = true;
        resolve();
      };
      const others = listeners.get(runId) ?? new Set();
      listeners.set(runId, others.add(wake));
      return {
        async next(milliseconds) {
          let timer: NodeJS.Timeout | undefined;
          await new Promise<void>((done) => {
            resolve = done;
            timer = setTimeout(done, milliseconds);
            if (hasRung) done();
          });
          clearTimeout(timer);
          hasRung = false;
        },
        close() {
          others.delete(wake);
          if (others.size === 0) listeners.delete(runId);
        },
      };
    },
  };
}
