import { CodedError } from '../../shared/errors/coded-error';
import { reaches, type Viewer, withinTenant } from '../../shared/identity/viewer';
import { asUuid } from '../../shared/input/uuid';

/**
 * The viewer within the one tenant that the header `x-tenant-id` chooses; without the header, and for whoever sends no
 * token, the viewer as it is. Throws `BAD_REQUEST` for what is no UUID, and `FORBIDDEN` for a tenant that the token does
 * not reach, whether or not there is such a tenant.
 */
export function withChosenTenant(viewer: Viewer, header: string | undefined): Viewer {
  if (header === undefined || viewer.kind === 'anonymous') return viewer;
  const tenantId = asUuid(header);
  if (tenantId === null) throw new CodedError('BAD_REQUEST', 'The header x-tenant-id must be one UUID');
  if (!reaches(viewer, tenantId)) {
    throw new CodedError('FORBIDDEN', 'The token does not name the tenant that x-tenant-id chooses');
  }
  return withinTenant(viewer, tenantId);
}
