import { type GraphObject, isGraphObject, own } from './graph-object';

/** A path of a plan: names of fields as they are answered, and `@` for every element of a list. */
export type AnswerPath = readonly (string | number)[];

/**
 * The objects at `path`, in the order of the answer. Where the answer has `null` on the way, or anything that the path
 * does not lead through, there is none.
 */
export function objectsAt(data: GraphObject, path: AnswerPath): GraphObject[] {
  const found: GraphObject[] = [];
  visit(data, path, 0, (object) => found.push(object));
  return found;
}

/** The places of those objects, in the same order: each `@` replaced by the element's index. */
export function placesAt(data: GraphObject, path: AnswerPath): (string | number)[][] {
  const places: (string | number)[][] = [];
  const place: (string | number)[] = [];
  visit(data, path, 0, () => places.push([...place]), place);
  return places;
}

function visit(
  value: unknown,
  path: AnswerPath,
  depth: number,
  found: (object: GraphObject) => void,
  place?: (string | number)[],
): void {
  const step = path[depth];
  if (step === undefined) {
    if (isGraphObject(value)) found(value);
  } else if (step === '@') {
    if (!Array.isArray(value)) return;
    for (let index = 0; index < value.length; index += 1) {
      place?.push(index);
      visit(value[index], path, depth + 1, found, place);
      place?.pop();
    }
  } else if (isGraphObject(value)) {
    place?.push(step);
    visit(own(value, String(step)), path, depth + 1, found, place);
    place?.pop();
  }
}
