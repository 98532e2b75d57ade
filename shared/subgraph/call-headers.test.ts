import { callHeaders, readCallHeaders } from './call-headers';
import { systemCall } from './transport';

const call = { requestId: 'request-1', address: '192.0.2.7', userAgent: 'form/1', deadline: 0 };
const callFor = (milliseconds: number) => ({ ...call, deadline: Date.now() + milliseconds });

test('what is written is read', () => {
  const { requestId, deadline, ...rest } = { ...callFor(5_000) };
  const headers = callHeaders({ requestId, deadline, ...rest });
  expect(headers['x-request-id']).toBe(requestId);
  const read = readCallHeaders(headers);
  expect(read).toEqual({ ...rest, deadline: expect.any(Number) });
  expect(Math.abs(read.deadline - deadline)).toBeLessThan(100);
});

test('what the graph does by itself has neither an address nor a user agent', () => {
  expect(readCallHeaders(callHeaders(systemCall('health')))).toMatchObject({
    address: null,
    userAgent: null,
  });
});

test('a call whose deadline has passed is not sent', () => {
  expect(() => callHeaders(callFor(-1))).toThrow(expect.objectContaining({ code: 'REQUEST_TIMEOUT' }));
});

test('a call has the time of a request at most', () => {
  const { deadline } = readCallHeaders({ 'x-remaining-ms': '999999999' });
  expect(deadline).toBeLessThanOrEqual(Date.now() + 600_000);
});

test.each([undefined, '', '0', '-5', '1e9', '5000, 5000', 'NaN', '1'.repeat(10)])(
  'a call that has %j milliseconds is refused',
  (remaining) => {
    expect(() => readCallHeaders({ 'x-remaining-ms': remaining })).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST' }),
    );
  },
);

test.each<[string, string | null]>([
  ['2001:db8::7', '2001:db8::7'],
  ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
  ['192.0.2.7, 192.0.2.8', null],
  ['somewhere', null],
  [`fe80::1%${'z'.repeat(100)}`, `fe80::1%${'z'.repeat(56)}`],
])('the address %s counts as %s', (address, expected) => {
  expect(readCallHeaders({ 'x-remaining-ms': '1', 'x-caller-address': address }).address).toBe(expected);
});

test('of a user agent 200 characters count', () => {
  const { userAgent } = readCallHeaders({ 'x-remaining-ms': '1', 'x-caller-user-agent': 'x'.repeat(5_000) });
  expect(userAgent).toHaveLength(200);
});
