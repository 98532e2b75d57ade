import type { Context } from '../context';
import type { MutationSetUpInTeeTimeArgs } from '../graphql.generated';
import { setUpInTeeTime } from './set-up-in-teetime';

export const provisioningResolvers = {
  Mutation: {
    setUpInTeeTime: (_root: unknown, { input }: MutationSetUpInTeeTimeArgs, context: Context) =>
      setUpInTeeTime(context, input),
  },
};
