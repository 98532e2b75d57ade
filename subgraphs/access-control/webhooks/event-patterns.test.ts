import { isEventPattern, typesOf } from './event-patterns';

test.each(['tenant.created', 'tenant.*', 'tenant.system.*', 'crm.*', 'contact.*'])(
  '%s names types',
  (text) => {
    expect(isEventPattern(text)).toBe(true);
  },
);

test.each(['*', '.*', 'ten*', 'tenant.', 'tenant.created.*', 'tenant.gone', 'toString', '', null, 1])(
  '%j names none',
  (text) => {
    expect(isEventPattern(text)).toBe(false);
  },
);

test('patterns are the types that they name, once each', () => {
  expect(typesOf([])).toBe('all');
  expect(typesOf(['tenant.system.*', 'tenant.system.enabled', 'contact.created'])).toEqual([
    'tenant.system.enabled',
    'tenant.system.disabled',
    'contact.created',
  ]);
});
