import type { Context } from '../context';
import type { MutationSetUpInSclArgs } from '../graphql.generated';
import { setUpInScl } from './set-up-in-scl';

export const provisioningResolvers = {
  Mutation: {
    setUpInScl: (_root: unknown, { input }: MutationSetUpInSclArgs, context: Context) =>
      setUpInScl(context, input),
  },
};
