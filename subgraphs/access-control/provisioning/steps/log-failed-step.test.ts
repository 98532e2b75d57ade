import pino from 'pino';
import { CodedError, conflict } from '../../../../shared/errors/coded-error';
import { logFailedStep } from './log-failed-step';

const attempt = { run: { id: 'run', tenantId: 'tenant' }, system: 'TEETIME', number: 2 } as const;

function lineAbout(error: unknown): Record<string, unknown> {
  const lines: Record<string, unknown>[] = [];
  logFailedStep(pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }), attempt, error);
  expect(lines).toHaveLength(1);
  return lines[0] ?? {};
}

test('a refusal is told by its code and its sentence', () => {
  const line = lineAbout(conflict('input.teeTime.clubs', 'another tenant has DD'));
  const about = { runId: 'run', tenantId: 'tenant', system: 'TEETIME', attempt: 2 };
  const reason = 'input.teeTime.clubs: another tenant has DD';
  expect(line).toMatchObject({ level: 40, ...about, code: 'CONFLICT', reason });
  expect(JSON.stringify(line)).not.toContain('stack');
});

test.each([new Error('boom'), new CodedError('SUBGRAPH_UNAVAILABLE', 'The system does not answer')])(
  '%s has its stack',
  (error) => {
    expect(lineAbout(error)).toMatchObject({ level: 40, runId: 'run', err: { stack: expect.any(String) } });
  },
);
