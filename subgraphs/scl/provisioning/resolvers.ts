import type { Context } from '../context';
import type { MutationSetUpInSclArgs, MutationTakeBackInSclArgs } from '../graphql.generated';
import { setUpInScl } from './set-up-in-scl';
import { takeBackInScl } from './take-back-in-scl';

export const provisioningResolvers = {
  Mutation: {
    setUpInScl: (_root: unknown, { input }: MutationSetUpInSclArgs, context: Context) =>
      setUpInScl(context, input),
    takeBackInScl: (_root: unknown, { input }: MutationTakeBackInSclArgs, context: Context) =>
      takeBackInScl(context, input),
  },
};
