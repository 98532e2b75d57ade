/** JSON for a `jsonb` column. Half a surrogate pair becomes U+FFFD, as in a text column; PostgreSQL's JSON refuses it. */
export function storableJson(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? part.toWellFormed() : part,
  );
}
