import type { Logger } from 'pino';
import sql from 'sql-template-tag';
import type { SqlRunner } from '../../../shared/database/database';
import { logSeldom } from '../../../shared/log-seldom';
import { apiKnobs } from './knobs/api-knobs';
import { usable } from './knobs/settings';
import type { Stage } from './schema/stage';

/** What a process knows of the move from slugs to UUIDs without asking for it; seconds old. */
export interface KnownTenancy {
  stage: Stage;
  /** The tenants whose reads are looked at both ways. */
  dualWriting: ReadonlySet<string>;
  /** The share of those reads: 0 is none, 1 is each. */
  shadowReadShare: number;
  hasPendingLeads: boolean;
}

/** Looks again and again how far the move is. */
export interface TenancyWatch {
  known(): KnownTenancy;
  /** Looks now; does nothing more when the database does not answer. */
  look(): Promise<void>;
  /** Looks within two seconds. */
  lookSoon(): void;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 2_000;
/** When the move is over, nothing but an operator begins it anew. */
const LOOK_SELDOM_MS = 60_000;

/** Looks at once, then every two seconds while there is something to see. After each look `onLook` is run, and waited for. */
export function watchTenancy(
  runner: () => SqlRunner,
  { onLook, logger }: { onLook: (known: KnownTenancy) => Promise<void>; logger: Logger },
): TenancyWatch {
  let known: KnownTenancy = {
    stage: 'CONTRACTED',
    dualWriting: new Set(),
    shadowReadShare: 0,
    hasPendingLeads: false,
  };
  const warn = logSeldom((error, leftOut) =>
    logger.warn({ err: error, leftOut }, 'How far the move to UUIDs is cannot be seen; it is repeated'),
  );
  let isStopped = false;
  /** Whether something came that the look which is running may have missed. */
  let hasNews = false;
  let nextLookAt = 0;
  let wake: () => void = () => undefined;
  const waiting: (() => void)[] = [];

  async function lookOnce(): Promise<void> {
    const asked = waiting.splice(0);
    try {
      known = await readTenancy(runner());
      await onLook(known);
    } catch (error) {
      warn(error);
    }
    for (const done of asked) done();
  }

  async function lookAgainAndAgain(): Promise<void> {
    while (!isStopped) {
      hasNews = false;
      await lookOnce();
      const isOver = known.stage === 'CONTRACTED' && !known.hasPendingLeads;
      nextLookAt = Date.now() + (isOver && !hasNews ? LOOK_SELDOM_MS : LOOK_EVERY_MS);
      while (!isStopped && waiting.length === 0 && Date.now() < nextLookAt) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, nextLookAt - Date.now()).unref();
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
    for (const done of waiting.splice(0)) done();
  }

  const ended = lookAgainAndAgain();
  return {
    known: () => known,
    look: () =>
      new Promise<void>((resolve) => {
        if (isStopped) return resolve();
        waiting.push(resolve);
        wake();
      }),
    lookSoon() {
      hasNews = true;
      nextLookAt = Math.min(nextLookAt, Date.now() + LOOK_EVERY_MS);
      wake();
    },
    async stop() {
      isStopped = true;
      wake();
      await ended;
    },
  };
}

async function readTenancy(runner: SqlRunner): Promise<KnownTenancy> {
  const row = await runner.row<{
    stage: Stage;
    dualWriting: string[];
    share: unknown;
    hasPendingLeads: boolean;
  }>(sql`
    SELECT stage,
      ARRAY (SELECT tenant_id FROM crm_tenancy.tenant_phase WHERE phase = 'DUAL_WRITE')::text[] AS "dualWriting",
      (SELECT value FROM crm_tenancy.setting WHERE name = 'shadowReadShare') AS share,
      EXISTS (SELECT FROM crm_tenancy.pending_lead WHERE state = 'PENDING') AS "hasPendingLeads"
    FROM crm_tenancy.schema_stage`);
  if (row === null) throw new Error('crm_tenancy.schema_stage has lost its row');
  const { stage, dualWriting, share, hasPendingLeads } = row;
  return {
    stage,
    dualWriting: new Set(stage === 'CONTRACTED' ? [] : dualWriting),
    shadowReadShare: usable(share, apiKnobs.shadowReadShare),
    hasPendingLeads,
  };
}
