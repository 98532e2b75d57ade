import type { GraphQLFormattedError } from 'graphql';
import { type AnswerPath, placesAt } from './answer-path';
import type { BatchEntry } from './entity-batch';
import type { GraphObject } from './graph-object';

export type Place = readonly (string | number)[];

/** Where in the answer an error of a subgraph stands; `undefined` where the subgraph does not say. */
export type PlaceError = (error: GraphQLFormattedError) => (Place | undefined)[];

/** The errors of one fetch that are repeated for each place that its answer is for, at most. */
const MAX_REPEATED_ERRORS = 500;

/** An error of a root field is about each object at `path`: there are several where that leads through a list. */
export function placeOfRootFields(data: GraphObject, path: AnswerPath): PlaceError {
  const repeatAt = createRepetition();
  let places: Place[] | undefined;
  return ({ path: inAnswer }) => {
    if (!Array.isArray(inAnswer)) return [undefined];
    places ??= placesAt(data, path);
    return repeatAt(places, inAnswer);
  };
}

/**
 * An error below `_entities` is about one representation, and so about each entity that it was sent for. One of all
 * entities stands where they are.
 */
export function placeOfEntities(data: GraphObject, path: AnswerPath, batch: BatchEntry[]): PlaceError {
  const repeatAt = createRepetition();
  let places: Place[] | undefined;
  return ({ path: inAnswer }) => {
    if (!Array.isArray(inAnswer)) return [undefined];
    const [, index, ...below] = inAnswer;
    const entry = typeof index === 'number' ? batch[index] : undefined;
    if (!entry) return [untilList(path)];
    places ??= placesAt(data, path);
    const all = places;
    return repeatAt(
      entry.positions.map((at) => all[at] ?? []),
      below,
    );
  };
}

function createRepetition() {
  let repeated = 0;
  return (places: Place[], below: Place): Place[] => {
    const within = places.slice(0, 1 + MAX_REPEATED_ERRORS - repeated);
    repeated += Math.max(0, within.length - 1);
    return within.map((place) => [...place, ...below]);
  };
}

function untilList(path: AnswerPath): Place {
  const list = path.indexOf('@');
  return list === -1 ? path : path.slice(0, list);
}
