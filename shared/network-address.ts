import { BlockList, isIP, isIPv4 } from 'node:net';
import { IPv6, parse } from 'ipaddr.js';

const BESIDE_A_PORT = /^(?:([\d.]+):\d{1,5}|\[(.+)\](?::\d{1,5})?)$/;

/**
 * The text as a network address in its shortest form: an IPv4 address as itself, also where it came as an IPv6 one
 * (`::ffff:192.0.2.1`, `::ffff:c000:201`), an IPv6 address without its zone. A port beside it (`192.0.2.1:443`,
 * `[2001:db8::1]:443`), as some proxies write it, is left out. `null` for anything else.
 */
export function parseAddress(text: string | null): string | null {
  const [, ipv4, ipv6] = BESIDE_A_PORT.exec(text ?? '') ?? [];
  const [address = ''] = (ipv4 ?? ipv6 ?? text ?? '').split('%');
  if (isIP(address) === 0) return null;
  const parsed = parse(address);
  const isMapped = parsed instanceof IPv6 && parsed.isIPv4MappedAddress();
  return (isMapped ? parsed.toIPv4Address() : parsed).toString();
}

/** Decides whether a text is an address in one of the ranges, such as `10.0.0.0/8`; one without a `/` is one address. */
export function createRangeCheck(ranges: readonly string[]): (text: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (text) => {
    const address = parseAddress(text);
    return address !== null && list.check(address, familyOf(address));
  };
}

/**
 * What an address is counted under: an IPv4 address itself, an IPv6 address's first 64 bits, because one household has
 * that many addresses to choose from. All that is no address counts as one.
 */
export function addressGroup(text: string | null): string {
  const address = parseAddress(text);
  if (address === null) return 'unknown';
  return isIPv4(address) ? address : `${firstGroups(address, 4)}::/64`;
}

/** The network that an address is in, roughly: /24 of an IPv4 address, /48 of an IPv6 one. `unknown` for no address. */
export function addressPrefix(text: string | null): string {
  const address = parseAddress(text);
  if (address === null) return 'unknown';
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  return `${firstGroups(address, 3)}::/48`;
}

/** The first of an IPv6 address's eight groups, without leading zeros. */
function firstGroups(address: string, count: number): string {
  const { parts } = IPv6.parse(address);
  return parts
    .slice(0, count)
    .map((group) => group.toString(16))
    .join(':');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
