import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { CodedError } from '../errors/coded-error';
import { isDatabaseUnavailable, postgresErrorOf } from './postgres-errors';

function ofPostgres(code: string): DatabaseError {
  return Object.assign(new DatabaseError('refused', 7, 'error'), { severity: 'ERROR', code });
}
const withCode = (code: string) => Object.assign(new Error(code), { code });

test('an error of PostgreSQL is found beneath what wraps it', () => {
  const violation = ofPostgres('23505');
  expect(postgresErrorOf(violation)).toBe(violation);
  expect(postgresErrorOf(new QueryFailedError('INSERT', [], violation))?.code).toBe('23505');
  expect(postgresErrorOf(new Error('the write failed', { cause: violation }))).toBe(violation);
});

test.each(['57014', '08006', '57P01'])('PostgreSQL with %s may answer later', (code) => {
  expect(isDatabaseUnavailable(new QueryFailedError('SELECT', [], ofPostgres(code)))).toBe(true);
});

test('a socket that is closed is an unavailable database', () => {
  expect(isDatabaseUnavailable(withCode('ECONNREFUSED'))).toBe(true);
});

test.each([
  [
    'the catalogue',
    new CodedError('SUBGRAPH_UNAVAILABLE', 'CRM does not answer', { cause: withCode('ECONNREFUSED') }),
  ],
  ['an HTTP client', withCode('UND_ERR_SOCKET')],
  ['a file', Object.assign(withCode('EPERM'), { syscall: 'open' })],
])('an error of %s is none of the database', (_name, error) => {
  expect(postgresErrorOf(error)).toBeNull();
  expect(isDatabaseUnavailable(error)).toBe(false);
});
