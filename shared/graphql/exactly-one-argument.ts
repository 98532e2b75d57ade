import { CodedError } from '../errors/coded-error';

/**
 * The one argument that a look-up was given, as `[name, value]`. `null` counts as not given.
 * Throws `BAD_USER_INPUT` that names all arguments when there is none or more than one.
 */
export function exactlyOneArgument<Name extends string>(
  args: { [name in Name]?: string | null },
  names: readonly Name[],
): [Name, string] {
  const given = names.flatMap((name) => {
    const value = args[name];
    return value === undefined || value === null ? [] : [[name, value] as [Name, string]];
  });
  if (given.length === 1 && given[0]) return given[0];
  const message = `give exactly one of ${names.join(', ')}; ${given.length} were given`;
  const paths = given.length === 0 ? names : given.map(([name]) => name);
  throw new CodedError('BAD_USER_INPUT', `Look-up: ${message}`, {
    fields: paths.map((path) => ({ path, constraint: 'exactlyOne', message })),
  });
}
