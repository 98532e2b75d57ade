/** Milliseconds between two lines about the same trouble. */
const BETWEEN_LINES_MS = 5_000;

/** Writes the first of many like lines, and at most one every five seconds after it, with how many were left out. */
export function logSeldom(write: (error: unknown, leftOut: number) => void): (error: unknown) => void {
  let nextAt = 0;
  let leftOut = 0;
  return (error) => {
    if (Date.now() < nextAt) {
      leftOut += 1;
      return;
    }
    write(error, leftOut);
    nextAt = Date.now() + BETWEEN_LINES_MS;
    leftOut = 0;
  };
}
