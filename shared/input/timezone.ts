import { Transform } from 'class-transformer';
import { isTimeZone, ValidateBy } from 'class-validator';
import { all } from './rules';

/** Where the platform's clubs are; South Africa has one time zone, without summer time. */
export const DEFAULT_TIMEZONE = 'Africa/Johannesburg';

/** A name of the IANA database. Newer versions of Node take offsets such as `+02:00` too; those are no zones. */
export function isTimezone(value: unknown): value is string {
  return typeof value === 'string' && isTimeZone(value) && /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(value);
}

/**
 * The name with the capitals that ICU gives it. What ICU has under another name, such as `Asia/Kolkata`, stays as it was
 * typed: a caller who uses the newer name gets no older one back.
 */
export function withUsualCapitals(timezone: string): string {
  const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions();
  return timeZone.toLowerCase() === timezone.toLowerCase() ? timeZone : timezone;
}

/** The name of a time zone, stored in its usual capitals. */
export function IsTimezone(): PropertyDecorator {
  return all(
    Transform(({ value }) => (isTimezone(value) ? withUsualCapitals(value) : value)),
    ValidateBy({
      name: 'isTimeZone',
      validator: {
        validate: isTimezone,
        defaultMessage: () => 'must be an IANA time zone, such as Africa/Johannesburg',
      },
    }),
  );
}
