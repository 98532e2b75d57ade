import { subcommands } from './subcommands';

test.each(Object.entries(subcommands))('%s explains itself', async (name, load) => {
  const { help, summary } = await load();
  expect(help).toMatch(new RegExp(`^Usage: npm run crm:tenancy -- ${name}`));
  expect(help).toContain('--json');
  expect(summary).not.toBe('');
});

test.each([
  ['status', ['yolo'], 'Unexpected argument'],
  ['advance', ['--to', 'CUTOVER'], 'Say whom'],
  ['advance', ['--all'], 'Say where'],
  ['advance', ['--all', '--canary', '--to', 'CUTOVER'], 'Say whom'],
  ['advance', ['--all', '--to', 'THERE'], 'There is no phase "THERE"'],
  ['advance', ['--all', '--to', 'COMPLETE', '--override', ' '], 'Say why'],
  ['back', ['--to', 'LEGACY'], 'Say what'],
  ['back', ['--stage', 'LEGACY', '--to', 'LEGACY'], 'Say where'],
  ['back', ['--stage', 'THERE'], 'There is no stage "THERE"'],
  ['enforce', ['--lock-timeout', '1s'], '--lock-timeout must be'],
  ['map', ['Yolo '], 'Say SLUG TENANT'],
  ['map', ['Yolo ', 'yolo', '--undo'], 'Say SLUG TENANT'],
  ['retire', [], 'Say SLUG'],
  ['restore', ['gone', '--without-slug'], 'Say SLUG'],
  ['quarantine', ['--detach-orphans', '--mend-duplicates'], 'Say one of'],
  ['rehearse', ['--rate', 'fast'], '--rate must be a number'],
  ['agree', ['--keep', 'both'], '--keep is one of'],
  ['mismatches', [], 'Say whose'],
  ['knobs', ['speed', '3'], 'There is no knob "speed"'],
  ['knobs', ['legacyCallerWindowMinutes', 'soon'], 'must be a whole number from 0'],
  ['knobs', ['backfillMaxBatch', '1.5'], 'must be a whole number from 1'],
  ['knobs', ['shadowReadShare', '2'], 'must be a number from 0 to 1'],
  ['knobs', ['legacyCallerWindowMinutes'], 'Say NAME VALUE'],
] as const)('%s %j is wrong usage, told before anything is opened', async (name, args, text) => {
  const subcommand = await subcommands[name]();
  await expect(subcommand.run([...args])).rejects.toThrow(text);
});
