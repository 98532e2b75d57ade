import { v7 as uuid7 } from 'uuid';
import { badInput } from '../errors/coded-error';
import type { Viewer } from '../identity/viewer';

/**
 * The id of a new record: a given UUID in lower case, or a new one of version 7. Only those who reach every tenant may
 * choose it, because others would learn by a conflict which ids exist. Throws `BAD_USER_INPUT`.
 */
export function newId(viewer: Viewer, given: string | null | undefined): string {
  if (!given) return uuid7();
  if (viewer.tenants !== 'all') {
    throw badInput('input.id', 'platformOnly', 'only the platform chooses ids; leave it out');
  }
  return given.toLowerCase();
}
