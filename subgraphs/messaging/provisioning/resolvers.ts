import type { Context } from '../context';
import type { MutationSetUpInMessagingArgs } from '../graphql.generated';
import { setUpInMessaging } from './set-up-in-messaging';

export const provisioningResolvers = {
  Mutation: {
    setUpInMessaging: (_root: unknown, { input }: MutationSetUpInMessagingArgs, context: Context) =>
      setUpInMessaging(context, input),
  },
};
