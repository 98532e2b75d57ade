import type { Context } from '../context';
import type {
  MutationRemoveFromCrmArgs,
  MutationSetUpInCrmArgs,
  MutationTakeBackInCrmArgs,
  QueryCrmHoldingsArgs,
  QueryExportFromCrmArgs,
} from '../graphql.generated';
import { readCrmHoldings } from './crm-holdings';
import { setUpInCrm } from './set-up-in-crm';
import { takeBackInCrm } from './take-back-in-crm';
import { exportFromCrm, removeFromCrm } from './take-out-of-crm';

export const provisioningResolvers = {
  Query: {
    crmHoldings: (_root: unknown, args: QueryCrmHoldingsArgs, { database }: Context) =>
      readCrmHoldings(database, args),
    exportFromCrm: (_root: unknown, args: QueryExportFromCrmArgs, context: Context) =>
      exportFromCrm(context, args),
  },
  Mutation: {
    setUpInCrm: (_root: unknown, { input }: MutationSetUpInCrmArgs, context: Context) =>
      setUpInCrm(context, input),
    takeBackInCrm: (_root: unknown, { input }: MutationTakeBackInCrmArgs, context: Context) =>
      takeBackInCrm(context, input),
    removeFromCrm: (_root: unknown, args: MutationRemoveFromCrmArgs, context: Context) =>
      removeFromCrm(context, args),
  },
};
