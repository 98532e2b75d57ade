import type { Context } from '../context';
import type { MutationSetUpInTeeTimeArgs, MutationTakeBackInTeeTimeArgs } from '../graphql.generated';
import { setUpInTeeTime } from './set-up-in-teetime';
import { takeBackInTeeTime } from './take-back-in-teetime';

export const provisioningResolvers = {
  Mutation: {
    setUpInTeeTime: (_root: unknown, { input }: MutationSetUpInTeeTimeArgs, context: Context) =>
      setUpInTeeTime(context, input),
    takeBackInTeeTime: (_root: unknown, { input }: MutationTakeBackInTeeTimeArgs, context: Context) =>
      takeBackInTeeTime(context, input),
  },
};
