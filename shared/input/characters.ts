/** What of the text no database of ours can store, as a rule for whoever sent it; `null` where all of it can be stored. */
export function unstorableCharacter(text: string): string | null {
  if (text.includes('\u0000')) return 'must not contain the character U+0000';
  return isWellFormed(text) ? null : HALF_A_PAIR;
}

export const HALF_A_PAIR = 'must not contain half a surrogate pair';

/** Whether every surrogate has its other half beside it. A text without it would be stored as another text. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
