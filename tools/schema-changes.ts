import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql';
import { findPolicyChanges } from './policy-changes';

/** What differs between two published schemas, one sentence each. */
export interface SchemaChanges {
  /** A request that was answered before may now be refused, or answered in another shape. */
  breaking: string[];
  /** Callers may meet what they did not expect, or more callers may pass. */
  dangerous: string[];
}

/** Compares two published schemas, as `publishedSchema` writes them. */
export function findSchemaChanges(releasedSdl: string, currentSdl: string): SchemaChanges {
  // The definitions of the policies' directives are not part of what is published.
  const [released, current] = [releasedSdl, currentSdl].map((sdl) =>
    buildSchema(sdl, { assumeValidSDL: true }),
  );
  if (!released || !current) throw new Error('two schemas are compared');
  const policies = findPolicyChanges(released, current);
  return {
    breaking: [
      ...findBreakingChanges(released, current).map((change) => change.description),
      ...policies.stricter,
    ],
    dangerous: [
      ...findDangerousChanges(released, current).map((change) => change.description),
      ...policies.looser,
    ],
  };
}
