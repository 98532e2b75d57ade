import { addressGroup, addressPrefix, parseAddress } from './network-address';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['FE80::1%eth0', 'fe80::1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['hello', null],
  ['192.0.2.256', null],
  ['::ffff:192.0.2.256', null],
  ['', null],
  [null, null],
])('%s is the address %s', (text, address) => {
  expect(parseAddress(text)).toBe(address);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['hello', 'unknown'],
  [null, 'unknown'],
])('%s counts as %s', (text, group) => {
  expect(addressGroup(text)).toBe(group);
});

test.each([
  ['192.0.2.1', '192.0.2.0/24'],
  ['::ffff:192.0.2.1', '192.0.2.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['::1', '0:0:0::/48'],
  ['hello', 'unknown'],
  [null, 'unknown'],
])('%s is in the network %s', (text, prefix) => {
  expect(addressPrefix(text)).toBe(prefix);
});
