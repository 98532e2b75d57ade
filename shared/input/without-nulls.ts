/** What an input says of a new record, in which `null` is no more than nothing: the field gets its default. */
export function withoutNulls(input: object): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}
