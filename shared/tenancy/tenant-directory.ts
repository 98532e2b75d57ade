import type { Logger } from 'pino';
import { CodedError, tenantNotFound } from '../errors/coded-error';
import { lookUpViewer } from '../identity/viewer';
import { logSeldom } from '../log-seldom';
import type { Metrics } from '../metrics/metrics';
import { beforeDeadline, innerCall } from '../subgraph/deadline';
import { type SubgraphCall, type SubgraphTransport, systemCall } from '../subgraph/transport';
import { createDirectoryCounts } from './directory-counts';
import { type Clock, createIdentityMemory, nameOf } from './identity-memory';
import { accessControlUnavailable, createTenantQuestions } from './tenant-questions';

export type TenantSystem = 'scl' | 'teetime' | 'messaging' | 'crm';

/** A tenant as Access Control knows it, with what its registry says of each system. */
export interface DirectoryTenant {
  id: string;
  slug: string;
  displayName: string;
  status: 'ACTIVE' | 'DISABLED';
  createdAt: Date;
  /** When the tenant's own data last changed in Access Control; its registry has a time of its own. */
  updatedAt: Date;
  /** The keys by which SCL and Messaging know the tenant; `null` where they do not. */
  sclTenantCode: string | null;
  messagingTenantId: string | null;
  /** `null` while the tenant has no registry row; then the systems that hold its UUID go on by themselves. */
  enabledSystems: Record<TenantSystem, boolean> | null;
}

/** A key by which some system knows a tenant; exactly one of them. UUIDs are in lower case. */
export type TenantKey =
  | { id: string }
  | { slug: string }
  | { sclTenantCode: string }
  | { messagingTenantId: string };

/** One page of the tenants that changed; `next` goes into `after` for the next one, `null` after the last. */
export interface ChangedTenants {
  tenants: DirectoryTenant[];
  next: string | null;
}

/**
 * Resolves tenants by asking Access Control, the only source of a tenant's identity, as the graph itself: for every
 * tenant there is, whoever the call's viewer is. Answers are waited for until the call's deadline, and remembered: for
 * four seconds one is as good as new. While Access Control does not answer, one is good for a quarter of an hour.
 */
export interface TenantDirectory {
  /** `null` when there is none. Throws `SUBGRAPH_UNAVAILABLE` when Access Control does not answer in time. */
  resolveTenant(key: TenantKey, call: SubgraphCall): Promise<DirectoryTenant | null>;
  /**
   * As `resolveTenant`, but as Access Control knows the tenant at this moment, never from memory: for what cannot be undone,
   * and for copies.
   */
  resolveAnew(key: TenantKey, call: SubgraphCall): Promise<DirectoryTenant | null>;
  /**
   * One answer for each id, as `resolveTenant` would give it; those that are not known yet are asked for by one request,
   * of 100 at most.
   */
  resolveTenants(ids: readonly string[], call: SubgraphCall): Promise<DirectoryTenant | null>[];
  /**
   * Forgets what was answered of the tenant, because it changed: the next answer is a new one. It is called once for each
   * change after the change was committed.
   */
  forget(tenantId: string): void;
  /** The tenants that changed at `since` or later, page by page, as they are now. Throws `SUBGRAPH_UNAVAILABLE`. */
  changedTenants(since: Date, after: string | null, call: SubgraphCall): Promise<ChangedTenants>;
}

export interface DirectoryOptions {
  accessControl: SubgraphTransport;
  /** What the process counts; one directory of a process does. */
  metrics: Metrics;
  logger: Logger;
  clock?: Clock;
}

/** A tenant that another process changed is known as it is after so long at the latest, if Access Control answers. */
const FRESH_MS = 4_000;
/** How long an answer is waited for. */
const LOOK_UP_MAY_TAKE_MS = 3_000;
/** How long a new answer is waited for where there is an old one. */
const PATIENCE_MS = 1_000;
/** After a failure those who have an old answer spare themselves the wait for so long. */
const REST_MS = 1_000;

type Answer = DirectoryTenant | null;

export function createTenantDirectory(options: DirectoryOptions): TenantDirectory {
  const { metrics, logger, clock = performance } = options;
  const questions = createTenantQuestions(options.accessControl);
  const memory = createIdentityMemory(clock);
  const { hits, misses, staleAnswers } = createDirectoryCounts(metrics, memory.size);
  const warn = logSeldom((error, leftOut) =>
    logger.warn({ err: error, leftOut }, 'Access Control does not answer; tenants are told from memory'),
  );

  /** What is being asked at the moment, by the key's name; whoever needs the same waits for the same. */
  const lookUps = new Map<string, Promise<Answer>>();
  let failure: unknown = null;
  let restsUntil = 0;

  /** The answers in the order of the keys. What is not at hand is asked by one `ask`. */
  function resolve<Key extends TenantKey>(
    keys: readonly Key[],
    call: SubgraphCall,
    ask: (missing: Key[], lookUpCall: SubgraphCall) => Promise<Answer[]>,
  ): Promise<Answer>[] {
    const atHand = keys.map(newAnswer);
    const newOnes = atHand.filter((answer) => answer !== undefined).length;
    hits.inc(newOnes);
    if (newOnes === keys.length) return atHand.map(async (answer) => answer ?? null);
    misses.inc(keys.length - newOnes);

    for (const [index, key] of keys.entries()) {
      if (atHand[index] === undefined) atHand[index] = restingAnswer(key);
    }
    const missing = keys.filter((key, index) => atHand[index] === undefined && !lookUps.has(nameOf(key)));
    if (missing.length > 0) {
      begin(missing, clock.now(), ask(missing, lookUpFor(call)));
    }
    return keys.map(async (key, index) => {
      const answer = atHand[index];
      return answer === undefined ? awaitAnswer(key, call) : answer;
    });
  }

  /** Others may wait for the answer too, so it is not tied to this call's own deadline. */
  function lookUpFor({ requestId }: SubgraphCall): SubgraphCall {
    return { ...systemCall(requestId), viewer: lookUpViewer };
  }

  /** What is remembered and as good as new; `undefined` for nothing. */
  function newAnswer(key: TenantKey): Answer | undefined {
    const known = memory.find(key);
    if (known === null) return memory.isUnknown(key) ? null : undefined;
    return known.ageMs < FRESH_MS ? known.tenant : undefined;
  }

  /** An old answer, while Access Control is spared after a failure. */
  function restingAnswer(key: TenantKey): Answer | undefined {
    const known = clock.now() < restsUntil ? memory.find(key) : null;
    return known === null ? undefined : oldAnswer(known.tenant);
  }

  function begin(keys: readonly TenantKey[], askedAt: number, answers: Promise<Answer[]>): void {
    for (const [index, key] of keys.entries()) {
      const name = nameOf(key);
      const lookUp = answers.then((all) => all[index] ?? null);
      lookUps.set(name, lookUp);
      // One that `forget` has taken out of the map may have read what was there before the change.
      const isCurrent = () => lookUps.get(name) === lookUp;
      lookUp
        .then(
          (answer) => isCurrent() && memory.remember(key, answer, askedAt),
          () => undefined,
        )
        .finally(() => isCurrent() && lookUps.delete(name));
    }
  }

  /** Waits for what is being asked; not for long where there is an old answer. */
  async function awaitAnswer(key: TenantKey, call: SubgraphCall): Promise<Answer> {
    const lookUp = lookUps.get(nameOf(key));
    if (lookUp === undefined) throw new Error(`Nobody asks for ${nameOf(key)}`);
    if (memory.find(key) === null) return waitFor(lookUp, call);
    try {
      return await waitFor(lookUp, call, PATIENCE_MS);
    } catch (error) {
      if (Date.now() >= call.deadline) throw error;
      [failure, restsUntil] = [error, clock.now() + REST_MS];
      const known = memory.find(key);
      return known === null ? waitFor(lookUp, call) : oldAnswer(known.tenant);
    }
  }

  function oldAnswer(tenant: DirectoryTenant): DirectoryTenant {
    staleAnswers.inc();
    warn(failure);
    return tenant;
  }

  return {
    resolveTenant: async (key, call) => {
      const [answer] = resolve([key], call, async (_missing, lookUpCall) => [
        await questions.byKey(key, lookUpCall),
      ]);
      return answer ?? null;
    },
    resolveAnew(key, call) {
      const answer = questions.byKey(key, lookUpFor(call));
      begin(
        [key],
        clock.now(),
        answer.then((only) => [only]),
      );
      return waitFor(answer, call);
    },
    resolveTenants: (ids, call) =>
      resolve(
        ids.map((id) => ({ id })),
        call,
        (missing, lookUpCall) =>
          questions.byIds(
            missing.map(({ id }) => id),
            lookUpCall,
          ),
      ),
    forget(tenantId) {
      memory.forget(tenantId);
      lookUps.clear();
    },
    changedTenants: (since, after, call) => questions.changed(since, after, call),
  };
}

/** Throws `SUBGRAPH_UNAVAILABLE` before the call's deadline comes, and `REQUEST_TIMEOUT` for a call that is over already. */
async function waitFor(
  answer: Promise<Answer>,
  call: SubgraphCall,
  milliseconds = LOOK_UP_MAY_TAKE_MS,
): Promise<Answer> {
  const waiting = innerCall({ deadline: call.deadline }, milliseconds);
  try {
    return await beforeDeadline(waiting, () => answer);
  } catch (error) {
    const isLate = error instanceof CodedError && error.code === 'REQUEST_TIMEOUT';
    throw isLate ? accessControlUnavailable(error) : error;
  }
}

/** Throws unless the tenant is there and not disabled: `TENANT_NOT_FOUND` or `TENANT_DISABLED`. */
export function assertActive(
  tenant: DirectoryTenant | null,
  path: string,
): asserts tenant is DirectoryTenant {
  if (tenant === null) throw tenantNotFound(path);
  if (tenant.status === 'DISABLED') {
    throw new CodedError(
      'TENANT_DISABLED',
      `Tenant ${tenant.slug} is disabled; enable it to change its data`,
    );
  }
}

/**
 * Throws unless data of the tenant may be written in `system`: `TENANT_NOT_FOUND`, `TENANT_DISABLED` or
 * `SYSTEM_DISABLED`. A tenant without a registry row may be written where the system holds its UUID itself.
 */
export function assertWritable(
  tenant: DirectoryTenant | null,
  system: TenantSystem,
  path: string,
): asserts tenant is DirectoryTenant {
  assertActive(tenant, path);
  if (tenant.enabledSystems && !tenant.enabledSystems[system]) {
    throw new CodedError(
      'SYSTEM_DISABLED',
      `${system} is not enabled for tenant ${tenant.slug}; enable it to change its data`,
    );
  }
}
