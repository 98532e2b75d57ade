export const HALF_A_PAIR = 'must not contain half a surrogate pair';

/**
 * What of the text no database of ours can store as it is, as a rule for whoever sent it; `null` where all of it can be. Half a
 * surrogate pair would be stored as another text.
 */
export function unstorableCharacter(text: string): string | null {
  if (text.includes('\u0000')) return 'must not contain the character U+0000';
  return text.isWellFormed() ? null : HALF_A_PAIR;
}
