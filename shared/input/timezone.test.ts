import { DEFAULT_TIMEZONE, isTimezone, withUsualCapitals } from './timezone';

test.each([DEFAULT_TIMEZONE, 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+2'])(
  '%s is a time zone',
  (text) => {
    expect(isTimezone(text)).toBe(true);
  },
);

test.each(['', 'Africa/Atlantis', '+02:00', 'Africa/Johannesburg ', 'SAST', 2, null])(
  '%j is no time zone',
  (value) => {
    expect(isTimezone(value)).toBe(false);
  },
);

test.each([
  ['AFRICA/johannesburg', DEFAULT_TIMEZONE],
  ['utc', 'UTC'],
  ['etc/gmt+2', 'Etc/GMT+2'],
  [DEFAULT_TIMEZONE, DEFAULT_TIMEZONE],
  ['Asia/Kolkata', 'Asia/Kolkata'],
  ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
])('%s is stored as %s', (written, stored) => {
  expect(withUsualCapitals(written)).toBe(stored);
});
