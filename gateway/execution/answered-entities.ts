import type { SubgraphResponse } from '../../shared/subgraph/transport';
import { type GraphObject, isGraphObject } from './graph-object';

/**
 * Throws for an answer that has not one entity for each of `expected` representations: an object, or `null` where the
 * subgraph knows none. An answer without any that tells errors instead is one.
 */
export function assertEntities({ data, errors }: SubgraphResponse, expected: number): void {
  if (!data) return;
  const entities = data['_entities'] ?? null;
  if (entities === null && errors && errors.length > 0) return;
  const areWhole =
    Array.isArray(entities) &&
    entities.length === expected &&
    entities.every((entity) => entity === null || isGraphObject(entity));
  if (!areWhole) throw new Error(`Expected "data._entities" to be a list of ${expected} objects`);
}

/** The entities of an answer that `assertEntities` let pass. */
export function entitiesOf(data: GraphObject): (GraphObject | null)[] {
  return (data['_entities'] ?? []) as (GraphObject | null)[];
}
