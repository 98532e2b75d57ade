import { isIP, isIPv4 } from 'node:net';

const MAPPED_IPV4 = /^(?:::|0:0:0:0:0:)ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The text as a network address: an IPv4 address as itself, also where it came as an IPv6 one (`::ffff:192.0.2.1`), an
 * IPv6 address without its zone. `null` for anything else.
 */
export function parseAddress(text: string | null): string | null {
  const [address = ''] = (text ?? '').split('%');
  const mapped = MAPPED_IPV4.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  return isIP(address) === 0 ? null : address.toLowerCase();
}

/**
 * What an address is counted under: an IPv4 address itself, an IPv6 address's first 64 bits, because one household has
 * that many addresses to choose from. All that is no address counts as one.
 */
export function addressGroup(text: string | null): string {
  const address = parseAddress(text);
  if (address === null) return 'unknown';
  return isIPv4(address) ? address : `${firstGroups(address).join(':')}::/64`;
}

/** The network that an address is in, roughly: /24 of an IPv4 address, /48 of an IPv6 one. `unknown` for no address. */
export function addressPrefix(text: string | null): string {
  const address = parseAddress(text);
  if (address === null) return 'unknown';
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  return `${firstGroups(address).slice(0, 3).join(':')}::/48`;
}

/** The first four of an IPv6 address's eight groups, without leading zeros. */
function firstGroups(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = Array<string>(Math.max(8 - before.length - after.length, 0)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
}

/** A dotted IPv4 address at the end stands for two groups. */
function groupsOf(text: string): string[] {
  return text.split(':').flatMap((group) => (group === '' ? [] : group.includes('.') ? ['0', '0'] : [group]));
}
