import { parseArgs } from 'node:util';
import { changesSinceRelease, releaseFile } from './release';

const HELP = `Usage: npm run schema:diff

Compares the graph's schema, access policies included, with the last release (${releaseFile}). Names each breaking
change in a line of its own and exits 1 when there is one. A field that asks for more than it did is a breaking change.
Changes that callers may stumble over are notes. A release is made with "npm run schema:release".
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const { breaking, dangerous } = await changesSinceRelease();
  for (const change of dangerous) console.log(`note: ${change}`);
  for (const change of breaking) console.log(`breaking: ${change}`);
  if (breaking.length === 0) console.log('Nothing of the last release is broken.');
  else process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
