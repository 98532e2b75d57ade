import type { Logger } from 'pino';
import { isDatabaseUnavailable } from '../../../../shared/database/postgres-errors';
import { CodedError } from '../../../../shared/errors/coded-error';
import { provisioningViewer } from '../../../../shared/identity/viewer';
import type { SubgraphName } from '../../../../shared/subgraph/names';
import type { SubgraphCall, SubgraphTransport } from '../../../../shared/subgraph/transport';
import { readEntry } from '../../registry/registry-reads';
import { replacedKeys, type SystemKey } from '../../registry/replaced-keys';
import type { Tenant } from '../../tenants/tenant.entity';
import { askSystem } from '../ask-system';
import { missingTenant } from '../identity-refusals';
import { assertReplaceable } from '../replace-keys';
import type { RunBells } from '../run-bells';
import { beginAttempt } from './begin-attempt';
import { completeStep, type Outcome } from './complete-step';
import { failAttempt } from './fail-attempt';
import { logFailedStep } from './log-failed-step';
import { PROVISIONING_QUEUE, type ProvisioningJob } from './provisioning-queue';
import { ATTEMPT_MS, MAX_ATTEMPTS } from './retry-rules';
import { type Attempt, callOfRun, databaseOfRun, type RunWrites } from './run-at-work';
import { type SystemSetUp, systemSteps, type TakenBack } from './system-steps';
import { takeStepBack } from './take-step-back';
import { whatSystemsHold } from './what-systems-hold';

/** Runs that one process works on at once. */
const RUNS_AT_ONCE = 8;

export interface ProvisioningWork extends RunWrites {
  subgraphs: Record<SubgraphName, SubgraphTransport>;
  runBells: RunBells;
  logger: Logger;
}

/** Begins to work on provisioning runs in this process; any number of them may. It ends with the database's jobs. */
export function workProvisioning(work: ProvisioningWork): Promise<void> {
  return work.database.jobs.work(PROVISIONING_QUEUE, {
    batchSize: 1,
    concurrency: RUNS_AT_ONCE,
    async handle(jobs) {
      for (const job of jobs as ProvisioningJob[]) await takeNextStep(work, job);
    },
  });
}

/**
 * Does what is next for the run: one step forward, or one back. What a step meets is written down with it; throws only
 * when that cannot be done, and then the job is tried again.
 */
async function takeNextStep(work: ProvisioningWork, job: ProvisioningJob): Promise<void> {
  const { database, logger } = work;
  const attempt = await beginAttempt(database, job);
  if (attempt === null) return;
  try {
    if (attempt.counted > MAX_ATTEMPTS) throw neverEnded(attempt);
    if (attempt.direction === 'forward') await completeStep(work, attempt, await setUp(work, attempt));
    else await takeStepBack(work, attempt, await takeBack(work, attempt));
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error;
    logFailedStep(logger, attempt, error);
    await failAttempt(work, attempt, asCoded(error));
  }
  work.runBells.ring(attempt.run.id);
}

async function setUp(work: ProvisioningWork, attempt: Attempt): Promise<Outcome> {
  const { system, run, tenant } = attempt;
  if (tenant === null) throw missingTenant({ id: run.tenantId });
  if (system === 'ACCESS_CONTROL') return { answer: {}, replaceable: [] };
  const step = systemSteps[system];
  const request = step.setUp(run, tenant);
  if (request === null) return { answer: {}, replaceable: [] };
  const call = callOf(attempt);
  try {
    const replaceable = await replaceableKeys(work, attempt, call);
    const answer = await askSystem<SystemSetUp>(work.subgraphs[step.subgraph], request, call);
    return { answer, replaceable };
  } catch (error) {
    throw isBehind(error, tenant) ? notYet(error) : error;
  }
}

/** The keys of the tenant's in whose place the step puts others. Throws what `assertReplaceable` throws. */
async function replaceableKeys(
  work: ProvisioningWork,
  { system, run }: Attempt,
  call: SubgraphCall,
): Promise<SystemKey[]> {
  const { scl, messaging } = run.setUp;
  if (system !== 'SCL' && system !== 'MESSAGING') return [];
  const database = databaseOfRun(work, run);
  const entry = await readEntry(database, database, run.tenantId);
  const keys = replacedKeys(entry, system === 'SCL' ? { scl } : { messaging });
  for (const key of keys) await assertReplaceable(work.subgraphs, key, call);
  return keys;
}

/** Whether a system goes by what it remembers of the tenant, which is another by now. */
function isBehind(error: unknown, { status }: Tenant): boolean {
  if (!(error instanceof CodedError)) return false;
  return error.code === 'TENANT_NOT_FOUND' || (error.code === 'TENANT_DISABLED' && status === 'ACTIVE');
}

function notYet(cause: unknown): CodedError {
  return new CodedError('SUBGRAPH_UNAVAILABLE', 'The system does not know yet what the tenant is by now', {
    cause,
  });
}

/** What stays of the step, each with the reason. */
async function takeBack({ subgraphs }: ProvisioningWork, attempt: Attempt): Promise<string[]> {
  const { system, run, position } = attempt;
  if (system === 'ACCESS_CONTROL') {
    const isToBeRemoved = position === 1 && run.createsTenant;
    return isToBeRemoved ? whatSystemsHold(subgraphs, run.tenantId, callOf(attempt)) : [];
  }
  const step = systemSteps[system];
  const request = step.takeBack(run);
  if (request === null) return [];
  const { kept } = await askSystem<TakenBack>(subgraphs[step.subgraph], request, callOf(attempt));
  return kept.map(({ id, reason }) => `${id}: ${reason}`);
}

/** Access Control asks the system to work within the run's tenant, on behalf of whoever asked for the run. */
function callOf({ run }: Attempt): SubgraphCall {
  const viewer = provisioningViewer(run.tenantId, run.askedBy);
  return { ...callOfRun(run, ATTEMPT_MS), viewer };
}

function asCoded(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  return new CodedError('INTERNAL_SERVER_ERROR', 'The step met a defect; the log has it under the run’s id', {
    cause: error,
  });
}

/** Whoever began the attempts ended with them. */
function neverEnded({ counted }: Attempt): CodedError {
  return new CodedError('INTERNAL_SERVER_ERROR', `The step was begun ${counted - 1} times and never ended`);
}
