import type { Context } from '../context';
import type { MutationSetUpInMessagingArgs, MutationTakeBackInMessagingArgs } from '../graphql.generated';
import { setUpInMessaging } from './set-up-in-messaging';
import { takeBackInMessaging } from './take-back-in-messaging';

export const provisioningResolvers = {
  Mutation: {
    setUpInMessaging: (_root: unknown, { input }: MutationSetUpInMessagingArgs, context: Context) =>
      setUpInMessaging(context, input),
    takeBackInMessaging: (_root: unknown, { input }: MutationTakeBackInMessagingArgs, context: Context) =>
      takeBackInMessaging(context, input),
  },
};
