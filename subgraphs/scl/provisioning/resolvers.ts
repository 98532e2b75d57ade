import type { Context } from '../context';
import type {
  MutationRemoveFromSclArgs,
  MutationSetUpInSclArgs,
  MutationTakeBackInSclArgs,
  QueryExportFromSclArgs,
  QuerySclHoldingsArgs,
} from '../graphql.generated';
import { readSclHoldings } from './scl-holdings';
import { setUpInScl } from './set-up-in-scl';
import { takeBackInScl } from './take-back-in-scl';
import { exportFromScl, removeFromScl } from './take-out-of-scl';

export const provisioningResolvers = {
  Query: {
    sclHoldings: (_root: unknown, args: QuerySclHoldingsArgs, { database }: Context) =>
      readSclHoldings(database, args),
    exportFromScl: (_root: unknown, args: QueryExportFromSclArgs, context: Context) =>
      exportFromScl(context, args),
  },
  Mutation: {
    setUpInScl: (_root: unknown, { input }: MutationSetUpInSclArgs, context: Context) =>
      setUpInScl(context, input),
    takeBackInScl: (_root: unknown, { input }: MutationTakeBackInSclArgs, context: Context) =>
      takeBackInScl(context, input),
    removeFromScl: (_root: unknown, args: MutationRemoveFromSclArgs, context: Context) =>
      removeFromScl(context, args),
  },
};
