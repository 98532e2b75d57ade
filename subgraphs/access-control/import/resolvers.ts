import { assertWholePlatform } from '../../../shared/identity/whole-platform';
import { parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationImportRegistryEntriesArgs,
  QueryRegistryImportArgs,
  QueryRegistryOrphansArgs,
} from '../graphql.generated';
import { importRegistryEntries } from './import-registry-entries';
import { proposeForTenants } from './propose-for-tenants';
import { hasMissingKeys } from './propose-import';
import { readRegistryOrphans } from './registry-orphans';

export const importResolvers = {
  Query: {
    /** The page is of tenants; those of whom there is nothing to say are left out of it. */
    async registryImport(_root: unknown, args: QueryRegistryImportArgs, context: Context) {
      assertWholePlatform(context.viewer);
      const { edges, pageInfo } = await context.tenants.list(parsePage(args), {});
      const proposals = await proposeForTenants(
        context,
        edges.map(({ node }) => node),
      );
      return {
        edges: edges.flatMap(({ cursor }, index) => {
          const node = proposals[index];
          return node && (hasMissingKeys(node) || node.conflicts.length > 0) ? [{ node, cursor }] : [];
        }),
        pageInfo,
        examined: edges.length,
      };
    },
    registryOrphans(_root: unknown, args: QueryRegistryOrphansArgs, context: Context) {
      assertWholePlatform(context.viewer);
      return readRegistryOrphans(context, { system: args.system, ...parsePage(args) });
    },
  },
  Mutation: {
    importRegistryEntries: (
      _root: unknown,
      { tenantIds, dryRun = true }: MutationImportRegistryEntriesArgs,
      context: Context,
    ) => importRegistryEntries(context, { tenantIds, dryRun }),
  },
};
