import sql from 'sql-template-tag';
import type { Database } from '../../shared/database/database';
import type { DemoTenant } from '../../shared/demo/demo-tenants';
import { systemViewer } from '../../shared/identity/viewer';

/** Writes the clubs of the demo tenants; what is there already stays as it is. */
export async function writeDemoData(database: Database, tenants: DemoTenant[]): Promise<number> {
  const clubs = tenants.flatMap((tenant) => tenant.clubs.map((club) => ({ ...club, tenantId: tenant.id })));
  const written = await database.rows(sql`
    INSERT INTO teetime.club (id, club_code, name, tenant_id, location, timezone, created_by, updated_by)
    SELECT demo.*, ${systemViewer.subject}, ${systemViewer.subject}
    FROM unnest(
      ${clubs.map((club) => club.id)}::uuid[],
      ${clubs.map((club) => club.clubCode)}::text[],
      ${clubs.map((club) => club.name)}::text[],
      ${clubs.map((club) => club.tenantId)}::uuid[],
      ${clubs.map((club) => club.location)}::text[],
      ${clubs.map((club) => club.timezone)}::text[]
    ) AS demo
    ON CONFLICT DO NOTHING RETURNING id`);
  return written.length;
}
