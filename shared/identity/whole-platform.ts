import { CodedError } from '../errors/coded-error';
import type { Viewer } from './viewer';

/** Throws `FORBIDDEN` unless the viewer reaches every tenant. */
export function assertWholePlatform({ tenants }: Viewer): void {
  if (tenants === 'all') return;
  throw new CodedError('FORBIDDEN', 'The token is bound to tenants; this takes one that reaches all of them');
}
