import { createHash } from 'node:crypto';
import sql, { raw } from 'sql-template-tag';
import type { Database } from '../database/database';
import { type SubgraphName, schemaOf } from '../subgraph/names';
import { tenantKeyType } from './tenant-key-type';

/** The last entry of one tenant's chain in one system. Kept elsewhere, it proves later that nothing was taken off the end. */
export interface AuditHead {
  subgraph: SubgraphName;
  tenantKey: string;
  position: number;
  hash: string;
}

/** The first entry of a chain that is not as it was written. */
export interface BrokenEntry {
  subgraph: SubgraphName;
  tenantKey: string;
  position: number;
  fault: string;
}

export interface AuditVerification {
  entries: number;
  heads: AuditHead[];
  broken: BrokenEntry[];
}

interface ChainRow {
  tenantKey: string;
  position: string;
  previousHash: Buffer;
  hash: Buffer;
  content: string;
}

const ENTRIES_A_STATEMENT = 2_000;

/**
 * Recomputes every chain of a system's audit trail from its first entry on. `expectedHeads` are heads that were kept:
 * each must still be there as it was.
 */
export async function verifyAuditTrail(
  database: Database,
  subgraph: SubgraphName,
  expectedHeads: readonly AuditHead[] = [],
): Promise<AuditVerification> {
  const expected = new Map(
    expectedHeads.filter((head) => head.subgraph === subgraph).map((head) => [head.tenantKey, head]),
  );
  const heads = new Map<string, AuditHead>();
  const broken = new Map<string, BrokenEntry>();
  let entries = 0;

  for (let last: ChainRow | null = null; ; ) {
    const rows = await readChains(database, subgraph, last);
    for (const row of rows) {
      const { tenantKey } = row;
      const before = heads.get(tenantKey);
      const fault = faultOf(row, before) ?? expectedFault(row, expected.get(tenantKey));
      const position = Number(row.position);
      if (fault && !broken.has(tenantKey)) broken.set(tenantKey, { subgraph, tenantKey, position, fault });
      heads.set(tenantKey, { subgraph, tenantKey, position, hash: row.hash.toString('hex') });
    }
    entries += rows.length;
    last = rows.at(-1) ?? null;
    if (last === null) break;
  }

  for (const { tenantKey, position } of expected.values()) {
    const isShorter = (heads.get(tenantKey)?.position ?? 0) < position;
    if (isShorter && !broken.has(tenantKey)) {
      broken.set(tenantKey, {
        subgraph,
        tenantKey,
        position,
        fault: 'is missing, as is all that may follow it',
      });
    }
  }
  return { entries, heads: [...heads.values()], broken: [...broken.values()] };
}

/** In the order of the unique index, so that each step begins where the one before ended. */
function readChains(database: Database, subgraph: SubgraphName, last: ChainRow | null): Promise<ChainRow[]> {
  const schema = schemaOf(subgraph);
  const isBehind = last
    ? sql`WHERE (e.tenant_key, e.position) > (${last.tenantKey}::${raw(tenantKeyType(subgraph))}, ${last.position}::bigint)`
    : sql``;
  return database.rows<ChainRow>(sql`
    SELECT e.tenant_key::text AS "tenantKey", e.position::text, e.previous_hash AS "previousHash", e.hash,
      ${raw(schema)}.audit_content(e) AS content
    FROM ${raw(schema)}.audit_entry e ${isBehind}
    ORDER BY e.tenant_key, e.position LIMIT ${ENTRIES_A_STATEMENT}`);
}

function faultOf(row: ChainRow, before: AuditHead | undefined): string | null {
  if (Number(row.position) !== (before?.position ?? 0) + 1)
    return 'does not follow the entry before it: one is missing';
  if (row.previousHash.toString('hex') !== (before?.hash ?? ''))
    return 'does not carry the hash of the entry before it';
  const hash = createHash('sha256').update(row.previousHash).update(row.content).digest();
  return hash.equals(row.hash) ? null : 'is not what was written';
}

function expectedFault(row: ChainRow, expected: AuditHead | undefined): string | null {
  if (expected?.position !== Number(row.position)) return null;
  return expected.hash === row.hash.toString('hex') ? null : 'is not the entry whose hash was kept';
}
