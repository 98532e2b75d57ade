import { CodedError } from '../../../shared/errors/coded-error';

/** Throws `BAD_USER_INPUT` for a contact that no channel could reach: one of the two must be there. */
export function assertReachable(contact: { email?: string | null; phoneNumber?: string | null }): void {
  if (contact.email || contact.phoneNumber) return;
  const message = 'a contact must have an e-mail address or a telephone number';
  throw new CodedError('BAD_USER_INPUT', `input: ${message}`, {
    fields: ['input.email', 'input.phoneNumber'].map((path) => ({ path, constraint: 'reachable', message })),
  });
}
