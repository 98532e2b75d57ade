import { addressGroup, addressPrefix, createRangeCheck, parseAddress } from './network-address';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:FFFF:C000:0201', '192.0.2.1'],
  ['192.0.2.1:443', '192.0.2.1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[::ffff:192.0.2.1]:65535', '192.0.2.1'],
  ['[fe80::1%eth0]:443', 'fe80::1'],
  ['FE80::1%eth0', 'fe80::1'],
  ['2001:0db8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['hello', null],
  ['192.0.2.256', null],
  ['::ffff:192.0.2.256', null],
  ['192.0.2.256:443', null],
  ['192.0.2:443', null],
  ['192.0.2.1:port', null],
  ['192.0.2.1:', null],
  ['[192.0.2.1:443', null],
  ['[]:443', null],
  ['127.1', null],
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

test.each([
  ['10.1.2.3', true],
  ['10.1.2.3:443', true],
  ['::ffff:10.1.2.3', true],
  ['::ffff:a01:203', true],
  ['11.1.2.3', false],
  ['192.0.2.1', true],
  ['192.0.2.2', false],
  ['[2001:db8::7]:443', true],
  ['2001:db9::7', false],
  ['hello', false],
])('whether %s is in one of the ranges: %s', (text, isInside) => {
  expect(createRangeCheck(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32'])(text)).toBe(isInside);
});
