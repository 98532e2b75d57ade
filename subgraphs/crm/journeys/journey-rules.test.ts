import { CodedError } from '../../../shared/errors/coded-error';
import type { JourneyStatus } from '../graphql.generated';
import type { JourneyStepRules } from './journey-input';
import { assertChangeable, assertStepsFit, moveJourney } from './journey-rules';

const now = new Date('2026-03-01T10:00:00.000Z');
const statuses: JourneyStatus[] = ['DRAFT', 'ACTIVE', 'PAUSED', 'ARCHIVED'];
const allowed = [
  ['DRAFT', 'ACTIVE', { status: 'ACTIVE', activatedAt: now, pausedAt: null }],
  ['DRAFT', 'ARCHIVED', { status: 'ARCHIVED', pausedAt: null }],
  ['ACTIVE', 'PAUSED', { status: 'PAUSED', pausedAt: now }],
  ['ACTIVE', 'ARCHIVED', { status: 'ARCHIVED', pausedAt: null }],
  ['PAUSED', 'ACTIVE', { status: 'ACTIVE', activatedAt: now, pausedAt: null }],
  ['PAUSED', 'ARCHIVED', { status: 'ARCHIVED', pausedAt: null }],
] as const;

test.each(allowed)('%s goes to %s', (status, to, changes) => {
  expect(moveJourney({ status }, { to, stepCount: 1, now })).toEqual(changes);
});

test.each(statuses)('%s to itself is no move', (status) => {
  expect(moveJourney({ status }, { to: status, stepCount: 0, now })).toEqual({});
});

const refused = statuses
  .flatMap((from) => statuses.map((to) => ({ from, to })))
  .filter(({ from, to }) => from !== to && !allowed.some((move) => move[0] === from && move[1] === to));

test.each(refused)('$from to $to is refused by name', ({ from, to }) => {
  const move = () => moveJourney({ status: from }, { to, stepCount: 1, now });
  expect(move).toThrow(CodedError);
  expect(move).toThrow(new RegExp(`from ${from} to ${to}`));
});

test.each(['DRAFT', 'PAUSED'] as const)('%s without steps does not become active', (status) => {
  expect(() => moveJourney({ status }, { to: 'ACTIVE', stepCount: 0, now })).toThrow(CodedError);
});

test.each<[string, JourneyStepRules[]]>([
  ['no steps', []],
  [
    'a whole journey',
    [
      { type: 'TRIGGER' },
      { type: 'SEND', channel: 'EMAIL', templateId: 'welcome' },
      { type: 'WAIT', waitDays: 3 },
      { type: 'CONDITION' },
      { type: 'END' },
    ],
  ],
])('%s fit', (_name, steps) => {
  expect(() => assertStepsFit(steps, 'input.steps')).not.toThrow();
});

test.each<[string, JourneyStepRules[], string]>([
  ['a late trigger', [{ type: 'CONDITION' }, { type: 'TRIGGER' }], 'input.steps.1.type'],
  ['an early end', [{ type: 'END' }, { type: 'CONDITION' }], 'input.steps.0.type'],
  ['a message without a channel', [{ type: 'SEND' }], 'input.steps.0.channel'],
  ['a wait with a channel', [{ type: 'WAIT', waitDays: 1, channel: 'SMS' }], 'input.steps.0.channel'],
  ['an end with a template', [{ type: 'END', templateId: 'bye' }], 'input.steps.0.templateId'],
  ['a wait without days', [{ type: 'WAIT' }], 'input.steps.0.waitDays'],
  ['a message with days', [{ type: 'SEND', channel: 'SMS', waitDays: 1 }], 'input.steps.0.waitDays'],
])('%s is refused at its place', (_name, steps, path) => {
  expect(() => assertStepsFit(steps, 'input.steps')).toThrow(new RegExp(`^${path}: `));
});

const draft = { isSystem: false, name: 'Welcome', status: 'DRAFT' } as const;

test.each([
  [draft, { name: 'Hello', steps: [] }],
  [{ ...draft, status: 'ACTIVE' } as const, { name: 'Hello' }],
  [{ ...draft, isSystem: true }, { name: 'Welcome' }],
])('%j takes %j', (journey, changes) => {
  expect(() => assertChangeable(journey, changes)).not.toThrow();
});

test.each([
  [{ ...draft, status: 'ACTIVE' } as const, { steps: [] }],
  [{ ...draft, status: 'PAUSED' } as const, { steps: [] }],
  [{ ...draft, isSystem: true }, { steps: [] }],
  [{ ...draft, isSystem: true }, { name: 'Hello' }],
])('%j refuses %j', (journey, changes) => {
  expect(() => assertChangeable(journey, changes)).toThrow(CodedError);
});
