import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What every subgraph has: common types, its part of the audit trail, and the doors for events and provisioning. */
const COMMON = [
  'base.graphql',
  '../audit/schema.graphql',
  '../events/schema.graphql',
  '../provisioning/schema.graphql',
].map((file) => path.join(__dirname, file));

/**
 * The subgraph's SDL: what all subgraphs share, then each `schema.graphql` below `directory`, in the order of
 * their paths. `npm run compose` writes the same text to the subgraph's checked-in `subgraph.graphql`.
 */
export function readTypeDefinitions(directory: string): string {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'schema.graphql')
    .sort()
    .map((file) => path.join(directory, file));
  return [...COMMON, ...files].map((file) => readFileSync(file, 'utf8').trim()).join('\n\n');
}
