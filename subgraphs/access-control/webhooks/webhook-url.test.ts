import { parseWebhookUrl } from './webhook-url';

const names: Record<string, string[]> = {
  'hooks.example.com': ['8.8.8.8', '2606:4700::1'],
  'inside.example.com': ['10.0.0.1'],
  'both.example.com': ['8.8.8.8', '169.254.169.254'],
  localhost: ['127.0.0.1'],
};

const rules = {
  allowPrivate: false,
  async resolve(name: string) {
    if (name === 'unheard.example.com')
      throw Object.assign(new Error('queryA ESERVFAIL'), { code: 'ESERVFAIL' });
    const addresses = names[name];
    if (!addresses) throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
    return addresses;
  },
};
const parse = (text: string) => parseWebhookUrl(text, 'input.url', rules);
const refusal = (text: string) =>
  parse(text).then(
    () => 'none',
    (error) => error.extensions.fields[0].constraint,
  );

test.each([
  ['https://hooks.example.com', 'https://hooks.example.com/'],
  ['https://HOOKS.example.com:8443/a?b=c', 'https://hooks.example.com:8443/a?b=c'],
  ['https://8.8.8.8/', 'https://8.8.8.8/'],
  ['https://[2606:4700::1]:444/', 'https://[2606:4700::1]:444/'],
  ['https://unheard.example.com/', 'https://unheard.example.com/'],
])('%s is taken', async (text, stored) => {
  expect(await parse(text)).toBe(stored);
});

test.each([
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0/',
  'https://0.0.0.0/',
  'https://１２７.0.0.1/',
  'https://10.1.2.3/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://2852039166/',
  'https://[::1]/',
  'https://[fd00::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::127.0.0.1]/',
  'https://[::a9fe:a9fe]/',
  'https://[4000::1]/',
  'https://[64:ff9b::a00:1]/',
  'https://inside.example.com/',
  'https://both.example.com/',
  'https://localhost/',
  'https://nowhere.example.com/',
])('%s is no host of the internet', async (text) => {
  expect(await refusal(text)).toBe('publicHost');
});

test.each([
  'http://hooks.example.com/',
  'ftp://hooks.example.com/',
  'file:///etc/passwd',
  'gopher://hooks.example.com/',
  'hooks.example.com',
  '//hooks.example.com/',
  'https://',
  'https://user@hooks.example.com/',
  'https://user:password@hooks.example.com/',
  'https://hooks.example.com/#part',
  'https://[fe80::1%25eth0]/',
  `https://hooks.example.com/${'é'.repeat(400)}`,
])('%s is no address to post to', async (text) => {
  expect(await refusal(text)).toBe('url');
});

test('a developer may have events posted to this machine, but not with a login in the address', async () => {
  const lenient = { ...rules, allowPrivate: true };
  expect(await parseWebhookUrl('http://localhost:3000/hook', 'input.url', lenient)).toBe(
    'http://localhost:3000/hook',
  );
  await expect(parseWebhookUrl('http://a:b@localhost/', 'input.url', lenient)).rejects.toThrow('login');
});
