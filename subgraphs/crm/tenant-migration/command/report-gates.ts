import type { ErrorCode } from '../../../../shared/errors/catalogue';
import { type Gate, gateText, isClosed } from '../phases/gates';
import { type ExitCode, exitCodes } from './exit-codes';
import type { Output } from './output';

/** Gates for people: those that are closed, or one line that none is. */
export function gateLines(gates: readonly Gate[]): string[] {
  const closed = gates.filter(isClosed);
  return closed.length > 0 ? closed.map((gate) => `  ${gateText(gate)}`) : ['  every gate is open'];
}

/** Prints that gates, or with `code` an error of the catalogue, do not let a step through, and what mends it. */
export function reportRefusal(
  output: Output,
  what: string,
  gates: readonly Gate[],
  code?: ErrorCode,
): ExitCode {
  const lines = gates.length > 0 ? gateLines(gates) : [];
  output.result({ outcome: 'REFUSED', code, what, gates }, [`Refused: ${what}`, ...lines]);
  return exitCodes.REFUSED;
}
