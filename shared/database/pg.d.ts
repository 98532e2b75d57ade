/** What `pg` offers beside its entry, which its types leave out. */
declare module 'pg/lib/utils' {
  /** A value as the text or bytes that are sent for it. */
  export function prepareValue(value: unknown): string | Buffer | null;
}
