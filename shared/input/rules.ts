import { Transform } from 'class-transformer';
import {
  IsOptional,
  IsString,
  IsUUID,
  isEmail,
  Matches,
  NotEquals,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { NO_TENANT } from '../tenancy/no-tenant';
import { HALF_A_PAIR } from './characters';
import { normaliseEmail, toE164 } from './contact-details';

/** Applies several decorators as one, so that a rule has one name wherever it is used. */
export function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}

const trim = Transform(({ value }) => (typeof value === 'string' ? value.trim() : value));
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
const NO_CONTROL_CHARACTERS = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/;

/** What turns the text around it from left to right or back: embeddings, overrides, isolates, and their ends. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/u;
/** A character that leaves a mark: no blank (U+2800 is one too), no control, none that stands for nothing. */
const VISIBLE = /[^\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whether people see the text, and see it as it is: nothing of it turns other text around. */
function isLegible(text: string): boolean {
  return VISIBLE.test(text) && !DIRECTION.test(text);
}

/** Counts code points, as the columns' checks do; class-validator's own `Length` leaves variation selectors out. */
function Characters(min: number, max: number, message: string): PropertyDecorator {
  const isWithin = (count: number) => count >= min && count <= max;
  return ValidateBy({
    name: 'isLength',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isWithin([...value].length),
      defaultMessage: () => message,
    },
  });
}

/** A text of 1 to `max` whole characters after trimming, without control characters other than tab and line break. */
export function Text(max: number): PropertyDecorator {
  return all(
    trim,
    IsString(),
    Characters(1, max, `must have 1 to ${max} characters`),
    Matches(NO_CONTROL_CHARACTERS, { message: 'must not contain control characters' }),
    WholeCharacters(),
  );
}

/** A text of which nothing is half a surrogate pair; with `each`, every one of a list. */
export function WholeCharacters({ each = false } = {}): PropertyDecorator {
  const validate = (value: unknown) => typeof value !== 'string' || value.isWellFormed();
  const defaultMessage = () => `${each ? 'each ' : ''}${HALF_A_PAIR}`;
  return ValidateBy({ name: 'isWellFormed', validator: { validate, defaultMessage } }, { each });
}

/** The name of somebody or something: a `Text` that people can read and tell from others. */
export function Name(max: number): PropertyDecorator {
  return all(Text(max), LegibleName());
}

/** What a name is beside its length; with `each`, every one of a list. */
export function LegibleName({ each = false } = {}): PropertyDecorator {
  // Of an empty one its length is enough to say.
  const validate = (value: unknown) => typeof value !== 'string' || value === '' || isLegible(value);
  const defaultMessage = () =>
    `${each ? 'each ' : ''}must have a visible character, and none that changes the direction of text`;
  return ValidateBy({ name: 'isLegibleName', validator: { validate, defaultMessage } }, { each });
}

/** A field that a change may leave out, but may not empty: `undefined` passes, `null` does not. */
export function IfGiven(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}

/** A field that may be left out or be `null`. */
export function Optional(): PropertyDecorator {
  return IsOptional();
}

/** A UUID, in lower case. */
export function Uuid(): PropertyDecorator {
  return all(
    Transform(({ value }) => (typeof value === 'string' ? value.trim().toLowerCase() : value)),
    IsUUID('loose', { message: 'must be a UUID' }),
  );
}

/** The UUID of a record that is to be, in lower case: any but the one that is nobody's. */
export function NewUuid(): PropertyDecorator {
  return all(Uuid(), NotEquals(NO_TENANT, { message: `must not be ${NO_TENANT}, which is nobody's` }));
}

/** The key of a record in another system: letters, digits, `.`, `_`, `:` and `-`, at most 64 characters. */
export function SystemKey(): PropertyDecorator {
  return all(
    trim,
    Matches(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, {
      message: 'must have 1 to 64 letters, digits, ".", "_", ":" or "-", and begin with a letter or digit',
    }),
  );
}

/** As many as the columns take. */
const MAX_EMAIL = 254;

/** An e-mail address, lower-cased before it is stored. */
export function Email(): PropertyDecorator {
  return all(
    Transform(({ value }) => (typeof value === 'string' ? normaliseEmail(value) : value)),
    ValidateBy({
      name: 'isEmail',
      validator: {
        validate: isEmailAddress,
        defaultMessage: () => `must be an e-mail address of at most ${MAX_EMAIL} characters`,
      },
    }),
  );
}

/** class-validator's `isEmail` throws on half a surrogate pair instead of saying no. */
function isEmailAddress(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed() && value.length <= MAX_EMAIL && isEmail(value);
}

/** A telephone number, brought to E.164 (`+27821234567`) before it is stored. */
export function PhoneNumber(): PropertyDecorator {
  return all(
    Transform(({ value }) => (typeof value === 'string' ? toE164(value) : value)),
    Matches(/^\+[1-9][0-9]{6,14}$/, {
      message: 'must be a telephone number, best with its country code: +27 82 123 4567',
    }),
  );
}
