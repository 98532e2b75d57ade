import { IsDate, IsInt, Max, MaxDate, Min, MinDate } from 'class-validator';
import { all, IfGiven, Optional } from '../../shared/input/rules';

/** A moment of the years 1900 to 9999, which every part of the platform can store; may be left out or `null`. */
export function Moment(): PropertyDecorator {
  const message = 'must be a moment from 1900-01-01 to 9999-12-31';
  return all(
    Optional(),
    IsDate({ message }),
    MinDate(new Date('1900-01-01T00:00:00Z'), { message }),
    MaxDate(new Date('9999-12-31T00:00:00Z'), { message }),
  );
}

/** A number from `min` to `max`; may be left out or `null`. */
export function Between(min: number, max: number): PropertyDecorator {
  const message = `must be a number from ${min} to ${max}`;
  return all(Optional(), Min(min, { message }), Max(max, { message }));
}

/** A whole number from 0 to `max`; may be left out, not emptied. */
export function Whole(max: number): PropertyDecorator {
  const message = `must be a whole number from 0 to ${max}`;
  return all(IfGiven(), IsInt({ message }), Min(0, { message }), Max(max, { message }));
}
