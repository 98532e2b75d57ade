/** The `LIKE` pattern of texts that contain `text` as it stands: `%`, `_` and `\` count as themselves. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
