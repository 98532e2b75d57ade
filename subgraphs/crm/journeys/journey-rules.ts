import { badInput } from '../../../shared/errors/coded-error';
import type { JourneyStatus } from '../graphql.generated';
import type { Journey } from './journey.entity';
import type { JourneyStepRules } from './journey-input';

const moves: Record<JourneyStatus, readonly JourneyStatus[]> = {
  DRAFT: ['ACTIVE', 'ARCHIVED'],
  ACTIVE: ['PAUSED', 'ARCHIVED'],
  PAUSED: ['ACTIVE', 'ARCHIVED'],
  ARCHIVED: [],
};

/**
 * What changes when a journey moves to `to`; nothing when it is there already. Throws `BAD_USER_INPUT` for a move that
 * is not allowed, and for the activation of a journey without steps.
 */
export function moveJourney(
  journey: Pick<Journey, 'status'>,
  { to, stepCount, now }: { to: JourneyStatus; stepCount: number; now: Date },
): Partial<Pick<Journey, 'status' | 'activatedAt' | 'pausedAt'>> {
  const from = journey.status;
  if (from === to) return {};
  if (!moves[from].includes(to)) {
    const possible = moves[from].length === 0 ? 'nowhere' : `to ${moves[from].join(' or ')}`;
    throw badInput(
      'status',
      'move',
      `a journey cannot go from ${from} to ${to}; from ${from} it goes ${possible}`,
    );
  }
  if (to === 'ACTIVE' && stepCount === 0) {
    throw badInput('status', 'steps', `a journey cannot go from ${from} to ${to} without a step`);
  }
  return {
    status: to,
    pausedAt: to === 'PAUSED' ? now : null,
    ...(to === 'ACTIVE' ? { activatedAt: now } : {}),
  };
}

/** Throws `BAD_USER_INPUT` with the path of the first step that cannot be where or as it is. */
export function assertStepsFit(steps: readonly JourneyStepRules[], path: string): void {
  for (const [index, step] of steps.entries()) {
    const problem = problemOf(step, { isFirst: index === 0, isLast: index === steps.length - 1 });
    if (problem) throw badInput(`${path}.${index}.${problem.field}`, 'step', problem.message);
  }
}

function problemOf(
  { type, channel, templateId, waitDays }: JourneyStepRules,
  { isFirst, isLast }: { isFirst: boolean; isLast: boolean },
): { field: string; message: string } | null {
  if (type === 'TRIGGER' && !isFirst)
    return { field: 'type', message: 'a TRIGGER step can only be the first' };
  if (type === 'END' && !isLast) return { field: 'type', message: 'an END step can only be the last' };
  if (type === 'SEND' && !channel) return { field: 'channel', message: 'a SEND step needs a channel' };
  if (type !== 'SEND' && channel)
    return { field: 'channel', message: 'is refused for any step other than SEND' };
  if (type !== 'SEND' && templateId)
    return { field: 'templateId', message: 'is refused for any step other than SEND' };
  if (type === 'WAIT' && !waitDays) return { field: 'waitDays', message: 'a WAIT step needs days' };
  if (type !== 'WAIT' && waitDays)
    return { field: 'waitDays', message: 'is refused for any step other than WAIT' };
  return null;
}

/** Throws `BAD_USER_INPUT` when the changes touch what a template pack owns, or steps after the draft. */
export function assertChangeable(
  journey: Pick<Journey, 'isSystem' | 'name' | 'status'>,
  changes: { name?: string; steps?: unknown },
): void {
  const owned = 'cannot be changed: a template pack owns the journey';
  if (journey.isSystem && changes.name !== undefined && changes.name !== journey.name) {
    throw badInput('input.name', 'system', owned);
  }
  if (changes.steps === undefined) return;
  if (journey.isSystem) throw badInput('input.steps', 'system', owned);
  if (journey.status !== 'DRAFT') {
    throw badInput('input.steps', 'draft', `can be changed in DRAFT only; the journey is ${journey.status}`);
  }
}
