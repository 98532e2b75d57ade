import type { Context } from '../context';
import type {
  MutationRemoveFromTeeTimeArgs,
  MutationSetUpInTeeTimeArgs,
  MutationTakeBackInTeeTimeArgs,
  QueryExportFromTeeTimeArgs,
  QueryTeeTimeClubsArgs,
  QueryTeetimeHoldingsArgs,
} from '../graphql.generated';
import { setUpInTeeTime } from './set-up-in-teetime';
import { takeBackInTeeTime } from './take-back-in-teetime';
import { exportFromTeeTime, removeFromTeeTime } from './take-out-of-teetime';
import { readTeeTimeClubs, readTeeTimeHoldings } from './teetime-holdings';

export const provisioningResolvers = {
  Query: {
    teetimeHoldings: (_root: unknown, args: QueryTeetimeHoldingsArgs, { database }: Context) =>
      readTeeTimeHoldings(database, args),
    teeTimeClubs: (_root: unknown, args: QueryTeeTimeClubsArgs, { database }: Context) =>
      readTeeTimeClubs(database, args),
    exportFromTeeTime: (_root: unknown, args: QueryExportFromTeeTimeArgs, context: Context) =>
      exportFromTeeTime(context, args),
  },
  Mutation: {
    setUpInTeeTime: (_root: unknown, { input }: MutationSetUpInTeeTimeArgs, context: Context) =>
      setUpInTeeTime(context, input),
    takeBackInTeeTime: (_root: unknown, { input }: MutationTakeBackInTeeTimeArgs, context: Context) =>
      takeBackInTeeTime(context, input),
    removeFromTeeTime: (_root: unknown, args: MutationRemoveFromTeeTimeArgs, context: Context) =>
      removeFromTeeTime(context, args),
  },
};
