import { isTimeZone, registerDecorator } from 'class-validator';

/** Where the platform's clubs are; South Africa has one time zone, without summer time. */
export const DEFAULT_TIMEZONE = 'Africa/Johannesburg';

/** A name of the IANA database. Newer versions of Node take offsets such as `+02:00` too; those are no zones. */
export function isTimezone(value: unknown): boolean {
  return typeof value === 'string' && isTimeZone(value) && /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(value);
}

/** The name of a time zone. */
export function IsTimezone(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isTimeZone',
      target: target.constructor,
      propertyName: String(property),
      options: { message: 'must be an IANA time zone, such as Africa/Johannesburg' },
      validator: { validate: isTimezone },
    });
}
