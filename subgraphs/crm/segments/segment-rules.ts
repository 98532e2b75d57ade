import { isDeepStrictEqual } from 'node:util';
import { badInput } from '../../../shared/errors/coded-error';
import type { Segment } from './segment.entity';
import { parseSegmentCriteria, type SegmentCriteria } from './segment-criteria';
import { compileSegmentCriteria } from './segment-criteria-sql';

/** Criteria of a caller, checked down to their last value. Throws `BAD_USER_INPUT` with the path of what is wrong. */
export function parseUsableCriteria(value: unknown, path: string): SegmentCriteria {
  const criteria = parseSegmentCriteria(value, path);
  compileSegmentCriteria(criteria, path);
  return criteria;
}

/**
 * What `read` makes of a segment's stored criteria. Stored criteria that cannot be read are a defect of the platform,
 * and never the `BAD_USER_INPUT` of whoever looks at the segment.
 */
export function readStored<T>({ id }: Pick<Segment, 'id'>, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`The stored criteria of segment ${id} cannot be read`, { cause: error });
  }
}

/** Throws `BAD_USER_INPUT` unless a segment of this type may have these criteria. */
export function assertCriteriaFit(type: Segment['type'], criteria: SegmentCriteria | null): void {
  if (type === 'DYNAMIC' && criteria === null) {
    throw badInput('input.criteria', 'required', 'a DYNAMIC segment needs criteria');
  }
}

/** Throws `BAD_USER_INPUT` when the changes touch what a template pack owns. */
export function assertNotOwnedByPack(
  segment: Pick<Segment, 'isSystem' | 'name' | 'criteria'>,
  changes: Partial<Segment>,
): void {
  if (!segment.isSystem) return;
  for (const field of ['name', 'criteria'] as const) {
    const isChanged = field in changes && !isDeepStrictEqual(changes[field], segment[field]);
    if (isChanged)
      throw badInput(`input.${field}`, 'system', 'cannot be changed: a template pack owns the segment');
  }
}
