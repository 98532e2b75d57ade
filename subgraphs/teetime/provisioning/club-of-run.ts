import { recordOfRun } from '../../../shared/provisioning/record-of-run';

/** The mutation whose audit entries say what runs made. */
export const SET_UP = 'setUpInTeeTime';

/** How TeeTime's parts of a provisioning input are called there. */
export const PATH = 'input.teeTime';

/** The id that a run gives to a club that it makes. */
export function clubOfRun(runId: string, clubCode: string): string {
  return recordOfRun(runId, 'club', clubCode);
}
