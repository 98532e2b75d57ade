import { parseArgs } from 'node:util';
import { releaseFile, writeRelease } from './release';

const HELP = `Usage: npm run schema:release

Writes the graph's schema, access policies included, to ${releaseFile}. From then on "npm run schema:diff" holds the
graph against it. Look at "npm run schema:diff" first: what it calls breaking is broken for callers by the release.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  await writeRelease();
  console.log(`written: ${releaseFile}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
