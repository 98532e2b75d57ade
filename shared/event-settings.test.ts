import { readSettings } from './settings';

const events = (environment: Record<string, string>) => readSettings(environment).events;

test('where nothing is set there is no queue, and webhooks are for the internet', () => {
  expect(events({})).toEqual({ redis: null, webhooks: { allowPrivate: false } });
});

test('with Redis every event goes into a queue, whose name can be another one', () => {
  const redis = { REDIS_URL: 'redis://cache.example.com:6379' };
  expect(events(redis).redis).toEqual({ url: redis.REDIS_URL, queue: 'crm-events' });
  expect(events({ ...redis, EVENTS_QUEUE: 'club.events' }).redis?.queue).toBe('club.events');
});

test('webhooks may reach private addresses in development, and never in production', () => {
  expect(events({ WEBHOOK_ALLOW_PRIVATE: 'true' }).webhooks.allowPrivate).toBe(true);
  const production = {
    NODE_ENV: 'production',
    OIDC_ISSUER: 'https://id.example.com',
    OIDC_AUDIENCE: 'graph',
  };
  expect(events(production).webhooks.allowPrivate).toBe(false);
  expect(() => events({ ...production, WEBHOOK_ALLOW_PRIVATE: 'true' })).toThrow('WEBHOOK_ALLOW_PRIVATE');
});

test.each(['a:b', 'two words', ' ', 'x'.repeat(101)])('a queue cannot be called %j', (name) => {
  expect(() => events({ EVENTS_QUEUE: name })).toThrow('EVENTS_QUEUE');
});
