import { GraphQLError } from 'graphql';
import pino from 'pino';
import { CodedError, conflict } from './coded-error';
import { logErrors } from './log-unexpected-errors';

interface Line {
  level: number;
  msg: string;
  requestId: string;
  err?: { stack: string };
}

/** The lines of the log about an error that a resolver threw. */
function linesAbout(thrown: Error, extensions = {}): Line[] {
  const lines: Line[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  const coded = thrown instanceof GraphQLError ? thrown.extensions : {};
  const error = new GraphQLError(thrown.message, {
    path: ['field'],
    originalError: thrown,
    extensions: { ...coded, ...extensions },
  });
  logErrors(logger, [error], { requestId: 'request' });
  return lines;
}

const ofDatabase = (code: string, message: string) =>
  Object.assign(new Error(message), { severity: 'ERROR', code });

test('a defect and an outage are errors with what lies beneath', () => {
  const outage = new CodedError('SUBGRAPH_UNAVAILABLE', 'The system does not answer', {
    cause: new Error('ECONNREFUSED'),
  });
  const defects = [
    new Error('boom'),
    new CodedError('INTERNAL_SERVER_ERROR', 'The step met a defect'),
    ofDatabase('42501', 'permission denied for table tenant'),
    outage,
  ];
  for (const defect of defects) {
    expect(linesAbout(defect)).toMatchObject([
      { level: 50, requestId: 'request', err: { stack: expect.any(String) } },
    ]);
  }
});

test.each([
  [
    'a row beyond the token’s reach',
    ofDatabase('42501', 'new row violates row-level security policy for table "tenant"'),
  ],
  ['a text that cannot be stored', ofDatabase('22021', 'invalid byte sequence for encoding "UTF8": 0x00')],
  [
    'an event of a tenant that is not there',
    new CodedError('SUBGRAPH_UNAVAILABLE', 'Access Control does not have tenant 1 yet'),
  ],
])('%s is a warning without a stack', (_what, error) => {
  const [line, ...others] = linesAbout(error);
  expect(line).toMatchObject({ level: 40, requestId: 'request', msg: error.message });
  expect(line).not.toHaveProperty('err');
  expect(others).toEqual([]);
});

test('what a caller can mend, and what a subgraph has logged, is no news', () => {
  expect(linesAbout(conflict('input.slug', 'another tenant has this slug'))).toEqual([]);
  expect(linesAbout(new Error('boom'), { serviceName: 'crm' })).toEqual([]);
});
