import { type LookupAddress, Resolver } from 'node:dns';
import { isIP, isIPv4, type LookupFunction } from 'node:net';
import { IPv6, parse } from 'ipaddr.js';

/** The address behind a host is not one of the internet's. The words reach whoever made the subscription. */
export class NotPublic extends Error {
  constructor(host: string) {
    super(`${host} is no public address`);
    this.name = 'NotPublic';
  }
}

/** Finds all addresses of a host's name. Rejects when there is none, or no name server answers. */
export type ResolveHost = (name: string) => Promise<string[]>;

const RESOLVE_TIMEOUT_MS = 1_500;

/** All that IANA has given out of IPv6 for use on the internet; ipaddr.js calls the rest `unicast` too. */
const GLOBAL_UNICAST = IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is one of the public internet. Whatever has a purpose of its own is not: private and shared ranges,
 * loopback, link-local with the clouds' metadata, and IPv6 that stands for IPv4 (mapped, compatible, NAT64, 6to4, Teredo),
 * because behind it may be any of these. Source: the IANA registries of special-purpose addresses, as ipaddr.js has them.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = parse(text);
  return address.range() === 'unicast' && (isIPv4(text) || address.match(GLOBAL_UNICAST));
}

/** The address that a URL names by itself, without a name server; `null` where it names a host. */
export function literalAddress({ hostname }: URL): string | null {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? null : host;
}

/**
 * Asks the name servers for IPv4 and IPv6. Not the operating system's look-up: it occupies a thread of the few that the
 * process has until the slowest name server, which may be the receiver's own, has answered.
 */
export function createResolver(): ResolveHost {
  const resolver = new Resolver({ timeout: RESOLVE_TIMEOUT_MS, tries: 2 });
  const ask = (kind: 'resolve4' | 'resolve6', name: string) =>
    new Promise<string[]>((resolve, reject) => {
      resolver[kind](name, (error, addresses) => (error ? reject(error) : resolve(addresses)));
    });
  return async (name) => {
    const answers = await Promise.allSettled([ask('resolve4', name), ask('resolve6', name)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const failure = answers.find((answer) => answer.status === 'rejected');
    if (addresses.length === 0) throw failure?.reason ?? new Error(`${name} has no address`);
    return addresses;
  };
}

/** All addresses of the host, each of them public. Throws `NotPublic`, also when one of several is not. */
export async function resolvePublicly(resolve: ResolveHost, host: string): Promise<string[]> {
  const addresses = await resolve(host);
  if (addresses.length === 0 || !addresses.every(isPublicAddress)) throw new NotPublic(host);
  return addresses;
}

/**
 * The look-up of a connection that goes to public addresses alone. What is checked is what is connected to, so that a name
 * that has another address a moment later (DNS rebinding) leads nowhere else.
 */
export function publicLookup(resolve: ResolveHost): LookupFunction {
  return (host, options, answer) => {
    resolvePublicly(resolve, host).then(
      (addresses) => {
        const found: LookupAddress[] = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (options.all) answer(null, found);
        else answer(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => answer(error, []),
    );
  };
}
