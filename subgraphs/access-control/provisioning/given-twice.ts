import { badInput } from '../../../shared/errors/coded-error';
import { digestOf } from './input-digest';
import type { ClubToSetUp } from './tenant-set-up';

/** The items without those that are there already under the same key, in their order. */
export function once<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const isNew = !seen.has(keyOf(item));
    seen.add(keyOf(item));
    return isNew;
  });
}

/** The clubs, each code once. Throws `BAD_USER_INPUT` for a club that says something else under the code of one before it. */
export function clubsOnce(clubs: readonly ClubToSetUp[]): ClubToSetUp[] {
  for (const [index, club] of clubs.entries()) {
    const first = clubs.find(({ clubCode }) => clubCode === club.clubCode) ?? club;
    if (digestOf(first) === digestOf(club)) continue;
    const path = `input.teeTime.clubs.${index}.clubCode`;
    throw badInput(path, 'unique', `another club of this input has the code ${club.clubCode}`);
  }
  return once(clubs, ({ clubCode }) => clubCode);
}
