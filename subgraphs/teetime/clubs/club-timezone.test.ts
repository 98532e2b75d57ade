import { DEFAULT_TIMEZONE, isClubTimezone } from './club-timezone';

test.each([DEFAULT_TIMEZONE, 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+2'])(
  '%s is a time zone',
  (text) => {
    expect(isClubTimezone(text)).toBe(true);
  },
);

test.each(['', 'Africa/Atlantis', '+02:00', 'Africa/Johannesburg ', 'SAST', 2, null])(
  '%j is no time zone',
  (value) => {
    expect(isClubTimezone(value)).toBe(false);
  },
);
