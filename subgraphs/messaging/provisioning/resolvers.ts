import type { Context } from '../context';
import type {
  MutationRemoveFromMessagingArgs,
  MutationSetUpInMessagingArgs,
  MutationTakeBackInMessagingArgs,
  QueryExportFromMessagingArgs,
  QueryMessagingHoldingsArgs,
} from '../graphql.generated';
import { readMessagingHoldings } from './messaging-holdings';
import { setUpInMessaging } from './set-up-in-messaging';
import { takeBackInMessaging } from './take-back-in-messaging';
import { exportFromMessaging, removeFromMessaging } from './take-out-of-messaging';

export const provisioningResolvers = {
  Query: {
    messagingHoldings: (_root: unknown, args: QueryMessagingHoldingsArgs, { database }: Context) =>
      readMessagingHoldings(database, args),
    exportFromMessaging: (_root: unknown, args: QueryExportFromMessagingArgs, context: Context) =>
      exportFromMessaging(context, args),
  },
  Mutation: {
    setUpInMessaging: (_root: unknown, { input }: MutationSetUpInMessagingArgs, context: Context) =>
      setUpInMessaging(context, input),
    takeBackInMessaging: (_root: unknown, { input }: MutationTakeBackInMessagingArgs, context: Context) =>
      takeBackInMessaging(context, input),
    removeFromMessaging: (_root: unknown, args: MutationRemoveFromMessagingArgs, context: Context) =>
      removeFromMessaging(context, args),
  },
};
