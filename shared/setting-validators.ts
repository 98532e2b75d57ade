import { makeValidator } from 'envalid';

/** A PostgreSQL server's address. */
export const postgresUrl = makeValidator<string>((text) => urlOf(text, ['postgres:', 'postgresql:']));

export const httpUrl = makeValidator<string>((text) => urlOf(text, ['http:', 'https:']));

/** A Redis server's address; `rediss:` speaks TLS. */
export const redisUrl = makeValidator<string>((text) => urlOf(text, ['redis:', 'rediss:']));

/** A whole number from `min` to `max`, both included. */
export const between = (min: number, max: number) =>
  makeValidator<number>((text) => {
    const value = Number(text);
    if (text !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new Error(`must be a whole number from ${min} to ${max}`);
  });

/** A list with commas between; blanks around an entry do not count. `isEntry` decides on each. */
export const listOf = (isEntry: (text: string) => boolean, rule: string) =>
  makeValidator<string[]>((text) => {
    const entries = text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const wrong = entries.find((entry) => !isEntry(entry));
    if (wrong !== undefined) throw new Error(`${rule}; "${wrong}" is none`);
    return entries;
  });

function urlOf(text: string, protocols: string[]): string {
  if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text;
  throw new Error(`must be an address that begins with ${protocols.map((name) => `${name}//`).join(' or ')}`);
}
