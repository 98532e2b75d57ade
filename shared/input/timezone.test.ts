import { DEFAULT_TIMEZONE, isTimezone } from './timezone';

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
