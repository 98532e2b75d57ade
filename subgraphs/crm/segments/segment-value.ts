import { isISO8601, isUUID } from 'class-validator';
import sql, { type Sql } from 'sql-template-tag';
import { assertNever, badInput } from '../../../shared/errors/coded-error';
import type { FieldKind } from './segment-fields';

const NUMBER = /^-?\d{1,15}(?:\.\d{1,6})?$/;
const MOMENT = /^[12]\d{3}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const FROM_NOW = /^now(?:(?<sign>[+-])(?<days>\d{1,5})d)?$/;

/** The value of a rule as a parameter of its field's type. Throws `BAD_USER_INPUT` for a value that it cannot have. */
export function parseSegmentValue({
  kind,
  choices,
  value,
  path,
}: {
  kind: FieldKind;
  choices: readonly string[] | undefined;
  value: string;
  path: string;
}): Sql {
  switch (kind) {
    case 'number':
      if (!NUMBER.test(value)) throw badInput(path, 'number', 'must be a number, such as 80 or 12.4');
      return sql`${value}::numeric`;
    case 'boolean':
      if (value !== 'true' && value !== 'false') throw badInput(path, 'boolean', 'must be true or false');
      return sql`${value === 'true'}::boolean`;
    case 'choice':
      if (!choices?.includes(value))
        throw badInput(path, 'isIn', `must be one of ${(choices ?? []).join(', ')}`);
      return sql`${value}::text`;
    case 'uuid':
      if (!isUUID(value, 'loose')) throw badInput(path, 'uuid', 'must be a UUID');
      return sql`${value}::uuid`;
    case 'timestamp':
      return parseMoment(value, path);
    case 'text':
      return sql`lower(${value}::text)`;
    case 'tags':
      return sql`${value}::text`;
    default:
      return assertNever(kind);
  }
}

function parseMoment(value: string, path: string): Sql {
  const fromNow = FROM_NOW.exec(value);
  if (fromNow) {
    const { sign = '+', days = '0' } = fromNow.groups ?? {};
    return sql`(now() + make_interval(days => ${Number(`${sign}${days}`)}::int))`;
  }
  const isMoment =
    MOMENT.test(value) && isISO8601(value, { strict: true }) && !Number.isNaN(Date.parse(value));
  if (!isMoment) {
    throw badInput(
      path,
      'moment',
      'must be a time in ISO 8601, such as 2026-01-31T08:00:00Z, or now, now-30d, now+30d',
    );
  }
  return sql`${new Date(value).toISOString()}::timestamptz`;
}
