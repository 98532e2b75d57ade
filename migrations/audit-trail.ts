import type { QueryRunner } from 'typeorm';
import { isOfReachedTenant, isolateTenants } from './tenant-isolation';

/**
 * Makes the schema's append-only audit trail. `keyType` is the type of the key by which the system knows a tenant.
 * The database itself numbers the entries of a tenant and chains them: each hash covers the entry and the hash of the
 * tenant's entry before it, so that none can be changed or taken out unnoticed. Tenants do not wait for each other.
 */
export async function createAuditTrail(
  runner: QueryRunner,
  schema: string,
  keyType: 'uuid' | 'text',
): Promise<void> {
  await runner.query(`
    CREATE TABLE ${schema}.audit_entry (
      id uuid PRIMARY KEY,
      tenant_key ${keyType} NOT NULL,
      position bigint NOT NULL,
      occurred_at timestamptz(3) NOT NULL,
      actor text NOT NULL,
      on_behalf_of text,
      action text NOT NULL,
      record_type text NOT NULL,
      record_id text NOT NULL,
      before jsonb,
      after jsonb,
      request_id text NOT NULL,
      address text,
      previous_hash bytea NOT NULL,
      hash bytea NOT NULL,
      CONSTRAINT audit_entry_tenant_key_position_key UNIQUE (tenant_key, position)
    )`);
  await runner.query(
    `CREATE INDEX audit_entry_tenant_key_occurred_at ON ${schema}.audit_entry (tenant_key, occurred_at DESC, id DESC)`,
  );
  await runner.query(`
    CREATE FUNCTION ${schema}.audit_content(entry ${schema}.audit_entry) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET timezone = 'UTC' SET datestyle = 'ISO' AS
    $$ SELECT (to_jsonb(entry) - '{previous_hash,hash}'::text[])::text $$`);
  await runner.query(`
    CREATE FUNCTION ${schema}.chain_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE last ${schema}.audit_entry;
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('${schema}.audit_entry ' || NEW.tenant_key::text, 0));
      SELECT * INTO last FROM ${schema}.audit_entry
        WHERE tenant_key = NEW.tenant_key ORDER BY position DESC LIMIT 1;
      NEW.position := coalesce(last.position, 0) + 1;
      NEW.occurred_at := clock_timestamp();
      NEW.previous_hash := coalesce(last.hash, ''::bytea);
      NEW.hash := sha256(NEW.previous_hash || convert_to(${schema}.audit_content(NEW), 'UTF8'));
      RETURN NEW;
    END $$`);
  await runner.query(`
    CREATE TRIGGER chain_audit_entry BEFORE INSERT ON ${schema}.audit_entry
      FOR EACH ROW EXECUTE FUNCTION ${schema}.chain_audit_entry()`);
  await runner.query(`REVOKE UPDATE, DELETE ON ${schema}.audit_entry FROM ${schema}_app`);
  await isolateTenants(runner, `${schema}.audit_entry`, isOfReachedTenant('tenant_key', keyType));
}

/** Takes `createAuditTrail` back. */
export async function dropAuditTrail(runner: QueryRunner, schema: string): Promise<void> {
  await runner.query(`DROP TABLE ${schema}.audit_entry CASCADE`);
  await runner.query(`DROP FUNCTION ${schema}.chain_audit_entry`);
}
