import 'reflect-metadata';
import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { badInput, CodedError, type FieldProblem } from '../errors/coded-error';
import { unstorableCharacter } from './characters';
import { asUuid } from './uuid';

/** What `path` is named when a text is too long to be any key at all. */
const MAX_KEY_LENGTH = 200;

/**
 * Reads a GraphQL input into its class: normalises it (trimming, E.164, lower case), then checks it.
 * Throws `BAD_USER_INPUT` that names every field and rule at once; paths begin with `path`.
 */
export function parseInput<T extends object>(Input: ClassConstructor<T>, value: object, path = 'input'): T {
  const instance = plainToInstance(Input, { ...value }, { exposeUnsetFields: false });
  const problems = validateSync(instance, { forbidUnknownValues: true, validationError: { target: false } });
  if (problems.length === 0) return instance;
  const fields = problems.flatMap((problem) => fieldProblems(problem, path));
  throw new CodedError(
    'BAD_USER_INPUT',
    fields.map((field) => `${field.path}: ${field.message}`).join('; '),
    {
      fields,
    },
  );
}

/** A UUID in lower case. Throws `BAD_USER_INPUT`. */
export function parseUuid(value: string, path: string): string {
  const id = asUuid(String(value).trim());
  if (id === null)
    throw badInput(path, 'uuid', 'must be a UUID, such as fd3c07a1-8038-5e37-beb6-537fda68d644');
  return id;
}

/** A key of another system as a caller looks it up: any text that could be one. Throws `BAD_USER_INPUT`. */
export function parseKey(value: string, path: string): string {
  const text = value.trim();
  if (text === '' || text.length > MAX_KEY_LENGTH) {
    throw badInput(path, 'length', `must have 1 to ${MAX_KEY_LENGTH} characters`);
  }
  assertStorable(text, path);
  return text;
}

/** Throws `BAD_USER_INPUT` for a text with a character that cannot be stored. */
export function assertStorable(text: string, path: string): void {
  const problem = unstorableCharacter(text);
  if (problem !== null) throw badInput(path, 'characters', problem);
}

function fieldProblems(error: ValidationError, parent: string): FieldProblem[] {
  const path = `${parent}.${error.property}`;
  // Every rule is broken by `null`; that it is none is all there is to say.
  if (error.value === null) return [{ path, constraint: 'required', message: 'must not be null' }];
  const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
    path,
    constraint,
    message: withoutPropertyName(message, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldProblems(child, path))];
}

/** class-validator begins its own messages with the property's name, which `path` already says. */
function withoutPropertyName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
