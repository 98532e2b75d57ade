import { assertReachable } from './contact-rules';

test.each([
  { email: 'jo@example.com' },
  { phoneNumber: '+27821234567' },
  { email: null, phoneNumber: '+27821234567' },
  { email: 'jo@example.com', phoneNumber: '+27821234567' },
])('%j can be reached', (contact) => {
  expect(() => assertReachable(contact)).not.toThrow();
});

test.each([{}, { email: null, phoneNumber: null }, { email: null }])('%j cannot be reached', (contact) => {
  expect(() => assertReachable(contact)).toThrow('e-mail address or a telephone number');
});
