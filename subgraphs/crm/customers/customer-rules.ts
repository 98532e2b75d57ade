import { CodedError } from '../../../shared/errors/coded-error';
import type { Customer } from './customer.entity';

const identityKeys = ['authUserId', 'email', 'phoneNumber'] as const;

/** Throws `BAD_USER_INPUT`, naming all three, unless the customer has a login, an e-mail address or a telephone number. */
export function assertIdentified(
  customer: { [key in (typeof identityKeys)[number]]?: Customer[key] },
  path: string,
): void {
  if (identityKeys.some((key) => typeof customer[key] === 'string')) return;
  const message = `a customer needs at least one of ${identityKeys.join(', ')}`;
  throw new CodedError('BAD_USER_INPUT', `${path}: ${message}`, {
    fields: identityKeys.map((key) => ({ path: `${path}.${key}`, constraint: 'identified', message })),
  });
}
