import { CodedError } from '../../../shared/errors/coded-error';
import { assertIdentified } from './customer-rules';

test.each([
  { authUserId: 'auth-1' },
  { email: 'jo@example.com' },
  { phoneNumber: '+27821234567' },
  { authUserId: null, email: 'jo@example.com', phoneNumber: null },
])('%j is enough to know a customer by', (customer) => {
  expect(() => assertIdentified(customer, 'input')).not.toThrow();
});

test.each([{}, { authUserId: null, email: null, phoneNumber: null }])('%j is not', (customer) => {
  expect(() => assertIdentified(customer, 'input')).toThrow(CodedError);
});
