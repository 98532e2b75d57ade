import type { LookupAddress } from 'node:dns';
import { isPublicAddress, publicLookup } from './public-address';

test.each([
  ['127.0.0.1', 'loopback'],
  ['127.8.9.10', 'loopback'],
  ['::1', 'loopback'],
  ['0.0.0.0', 'this host'],
  ['::', 'this host'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'shared by a carrier'],
  ['169.254.169.254', 'link-local: metadata of clouds'],
  ['fe80::1', 'link-local'],
  ['fd00:ec2::254', 'private: metadata of clouds'],
  ['fd00::1', 'private'],
  ['fec0::1', 'private once'],
  ['::ffff:10.0.0.1', 'IPv4 inside of IPv6'],
  ['::ffff:a9fe:a9fe', 'IPv4 inside of IPv6'],
  ['::ffff:8.8.8.8', 'IPv4 inside of IPv6'],
  ['::127.0.0.1', 'IPv4 inside of IPv6'],
  ['::7f00:1', 'IPv4 inside of IPv6'],
  ['::a9fe:a9fe', 'IPv4 inside of IPv6: metadata of clouds'],
  ['1::1', 'not given out'],
  ['400::1', 'not given out'],
  ['1fff:ffff::1', 'not given out'],
  ['4000::1', 'not given out'],
  ['e000::1', 'not given out'],
  ['64:ff9b::7f00:1', 'NAT64'],
  ['64:ff9b:1::7f00:1', 'NAT64'],
  ['2002:7f00:1::', '6to4'],
  ['2001:0:7f00:1::', 'Teredo'],
  ['192.0.2.1', 'documentation'],
  ['2001:db8::1', 'documentation'],
  ['198.18.0.1', 'benchmarks'],
  ['192.88.99.1', 'relays of 6to4'],
  ['224.0.0.1', 'multicast'],
  ['ff02::1', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['hooks.example.com', 'no address'],
  ['', 'no address'],
])('%s is no public address: %s', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['8.8.8.8', '1.1.1.1', '203.0.114.1', '2000::1', '2606:4700:4700::1111'])(
  '%s is one',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

function lookUp(addresses: string[] | Error, all: boolean): Promise<unknown> {
  const resolve = async () => {
    if (addresses instanceof Error) throw addresses;
    return addresses;
  };
  return new Promise((done, fail) => {
    publicLookup(resolve)('host.example.com', { all }, (error, found: string | LookupAddress[], family) =>
      error ? fail(error) : done(all ? found : [found, family]),
    );
  });
}

test('a connection gets the addresses that were checked, and no others', async () => {
  expect(await lookUp(['8.8.8.8', '2606:4700::1'], true)).toEqual([
    { address: '8.8.8.8', family: 4 },
    { address: '2606:4700::1', family: 6 },
  ]);
  expect(await lookUp(['8.8.8.8', '8.8.4.4'], false)).toEqual(['8.8.8.8', 4]);
});

test.each([[['10.0.0.1']], [['8.8.8.8', '10.0.0.1']], [['2606:4700::1', '::ffff:127.0.0.1']], [[]]])(
  'a name that stands for %j is not connected to',
  async (addresses) => {
    await expect(lookUp(addresses, true)).rejects.toThrow('host.example.com is no public address');
  },
);

test('what a name server says is what the connection fails with', async () => {
  await expect(lookUp(new Error('queryA ENOTFOUND'), true)).rejects.toThrow('queryA ENOTFOUND');
});
