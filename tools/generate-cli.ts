import { parseArgs } from 'node:util';
import { generateFiles, staleFiles, writeFiles } from './generate';

const HELP = `Usage: npm run generate [-- --check]

Writes every generated file: each subgraph's subgraph.graphql and graphql.generated.ts, supergraph.graphql (what our
gateway loads), supergraph.router.graphql (with the access policies, for other routers), docs/ERRORS.md,
docs/EVENTS.md, and the tables of roles in docs/SECURITY.md. With --check it writes nothing and exits 1 when one is stale. It needs no network.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const files = await generateFiles();
  const stale = await staleFiles(files);
  if (!values.check) await writeFiles(files);
  for (const file of stale) console.log(values.check ? `stale: ${file}` : `written: ${file}`);
  if (stale.length === 0) console.log('Every generated file is current.');
  else if (values.check) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
