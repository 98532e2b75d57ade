import { randomBytes } from 'node:crypto';
import sql from 'sql-template-tag';
import { v7 as uuid7 } from 'uuid';
import type { SqlRunner } from '../../../shared/database/database';

const SECRET_BYTES = 32;
/** For how long a secret signs beside the one that took its place. */
const OLD_SECRET_LIVES_HOURS = 24;
/** Secrets that sign at once, with the newest; each makes the header longer. */
const MAX_SECRETS = 5;

/** A secret as Standard Webhooks writes it. */
function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/**
 * Gives the subscription a new secret and answers it. The one before signs beside it for 24 hours. Nothing else ever
 * answers a secret to a caller.
 */
export async function giveNewSecret(transaction: SqlRunner, subscriptionId: string): Promise<string> {
  await transaction.rows(sql`
    UPDATE access_control.webhook_secret
    SET expires_at = clock_timestamp() + make_interval(hours => ${OLD_SECRET_LIVES_HOURS})
    WHERE subscription_id = ${subscriptionId} AND expires_at IS NULL`);
  await transaction.rows(sql`
    DELETE FROM access_control.webhook_secret WHERE subscription_id = ${subscriptionId} AND (expires_at < now() OR id NOT IN (
      SELECT id FROM access_control.webhook_secret WHERE subscription_id = ${subscriptionId}
      ORDER BY created_at DESC, id DESC LIMIT ${MAX_SECRETS - 1}))`);
  const secret = newSecret();
  await transaction.rows(sql`
    INSERT INTO access_control.webhook_secret (id, subscription_id, secret)
    VALUES (${uuid7()}, ${subscriptionId}, ${secret})`);
  return secret;
}

/** What signs at the moment, the newest first. */
export async function signingSecrets(database: SqlRunner, subscriptionId: string): Promise<string[]> {
  const rows = await database.rows<{ secret: string }>(sql`
    SELECT secret FROM access_control.webhook_secret
    WHERE subscription_id = ${subscriptionId} AND (expires_at IS NULL OR expires_at > now())
    ORDER BY created_at DESC, id DESC`);
  return rows.map(({ secret }) => secret);
}
