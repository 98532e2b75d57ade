import { type GraphObject, typenameOf } from './graph-object';
import type { Represent } from './representations';

/** One representation that is sent, and the entities that its answer is for. */
export interface BatchEntry {
  representation: GraphObject;
  entities: GraphObject[];
  /** Where those stand among all entities at the fetch's path. */
  positions: number[];
}

/**
 * What is sent for `entities`: one representation for those that would be told of in the same words, and nothing for
 * those of which too little is known.
 */
export function batchEntities(entities: GraphObject[], represent: Represent): BatchEntry[] {
  const batch = new Map<string, BatchEntry>();
  entities.forEach((entity, position) => {
    const representation = represent(entity);
    if (representation === null || typenameOf(representation) === undefined) return;
    const key = entities.length === 1 ? '' : JSON.stringify(representation);
    const entry = batch.get(key);
    if (!entry) batch.set(key, { representation, entities: [entity], positions: [position] });
    else {
      entry.entities.push(entity);
      entry.positions.push(position);
    }
  });
  return [...batch.values()];
}
