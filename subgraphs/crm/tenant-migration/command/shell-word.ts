/** What a shell does not take for the word as it is: anything but these characters, or nothing at all. */
const PLAIN = /^[\w./:@-]+$/;
/** What a terminal does not show, or shows as a blank. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/**
 * A text as one word of a shell's line (bash, zsh), to be copied and run: in quotes where it needs them, and with whatever cannot
 * be seen written out, such as a tab or a space of no width.
 */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  const written = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replace(UNSEEN, escaped);
  if (written === text) return `'${text}'`;
  return `$'${written}'`;
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
}
