import { readSettings } from './settings';

const door = (environment: Record<string, string>) => readSettings(environment).door;
const leads = (environment: Record<string, string>) => readSettings(environment).publicLeads;

test('where nothing is set the limits hold, no proxy is believed, and no other origin reads', () => {
  expect(door({})).toEqual({
    trustedProxies: [],
    corsOrigins: [],
    rateLimits: { reads: 1_000, writes: 100, leadsPerAddress: 10, leadsPerTenant: 120 },
    redisUrl: null,
  });
  expect(leads({})).toEqual({ minFillSeconds: 2, captcha: null, slugAliasDays: 180 });
});

test('lists and numbers are read as they are written', () => {
  const settings = door({
    TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1,2001:db8::/32 ,',
    CORS_ORIGINS: 'https://admin.example.com, http://localhost:5173',
    RATE_LIMIT_READS: '0',
    REDIS_URL: 'rediss://cache.example.com:6380',
  });
  expect(settings.trustedProxies).toEqual(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32']);
  expect(settings.corsOrigins).toEqual(['https://admin.example.com', 'http://localhost:5173']);
  expect(settings.rateLimits.reads).toBe(0);
  expect(settings.redisUrl).toBe('rediss://cache.example.com:6380');
  const captcha = { CAPTCHA_VERIFY_URL: 'https://captcha.example.com/siteverify', CAPTCHA_SECRET: 's' };
  expect(leads(captcha).captcha).toEqual({ url: captcha.CAPTCHA_VERIFY_URL, secret: 's' });
});

test.each([
  ['TRUSTED_PROXIES', 'true'],
  ['TRUSTED_PROXIES', 'proxy.example.com'],
  ['TRUSTED_PROXIES', 'loopback'],
  ['TRUSTED_PROXIES', '0.0.0.0/0'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', '10.0.0.0/8/8'],
  ['TRUSTED_PROXIES', '10.0.0.0/8, 1.2.3'],
  ['CORS_ORIGINS', '*'],
  ['CORS_ORIGINS', 'null'],
  ['CORS_ORIGINS', 'admin.example.com'],
  ['CORS_ORIGINS', 'https://admin.example.com/'],
  ['RATE_LIMIT_READS', '-1'],
  ['RATE_LIMIT_WRITES', '1.5'],
  ['RATE_LIMIT_LEADS_PER_ADDRESS', 'none'],
  ['RATE_LIMIT_LEADS_PER_TENANT', ''],
  ['REDIS_URL', 'http://localhost:6379'],
  ['LEAD_MIN_FILL_SECONDS', '-1'],
  ['SLUG_ALIAS_DAYS', '0.5'],
  ['CAPTCHA_VERIFY_URL', 'captcha.example.com'],
])('%s=%j ends the start with a line that names it', (name, value) => {
  expect(() => readSettings({ [name]: value })).toThrow(`Wrong setting: ${name}: `);
});

test.each([
  ['CAPTCHA_VERIFY_URL', 'https://captcha.example.com/', 'CAPTCHA_SECRET'],
  ['CAPTCHA_SECRET', 's', 'CAPTCHA_VERIFY_URL'],
])('%s alone is refused by the name of what is missing', (name, value, missing) => {
  expect(() => readSettings({ [name]: value })).toThrow(`Wrong setting: ${missing}: `);
});
