import { LRUCache } from 'lru-cache';

/** The values of the variables that `@skip` and `@include` name. */
export type Conditions = Readonly<Record<string, unknown>>;

/** What a document asks differs with its conditions; as many of those cases are kept compiled. */
const MAX_CASES = 4;

/**
 * Compiles each case of a document when it first comes: `names` are the variables of its conditions. Nothing else of a
 * request's variables is kept with it.
 */
export function createConditionCases<Compiled extends object>(
  names: readonly string[],
  compile: (conditions: Conditions) => Compiled,
): (variables: Readonly<Record<string, unknown>>) => Compiled {
  const cases = new LRUCache<string, Compiled>({ max: MAX_CASES });
  return (variables) => {
    const key = names.map((name) => String(variables[name])).join();
    const known = cases.get(key);
    if (known) return known;
    const compiled = compile(Object.fromEntries(names.map((name) => [name, variables[name]])));
    cases.set(key, compiled);
    return compiled;
  };
}
