/** How the command ends, for scripts. `docs/runbooks/crm-tenant-uuid.md` has the same list. */
export const exitCodes = {
  DONE: 0,
  FAILED: 1,
  WRONG_USAGE: 2,
  REFUSED: 3,
  STOPPED: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
