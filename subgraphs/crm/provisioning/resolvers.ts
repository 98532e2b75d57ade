import type { Context } from '../context';
import type { MutationSetUpInCrmArgs, MutationTakeBackInCrmArgs } from '../graphql.generated';
import { setUpInCrm } from './set-up-in-crm';
import { takeBackInCrm } from './take-back-in-crm';

export const provisioningResolvers = {
  Mutation: {
    setUpInCrm: (_root: unknown, { input }: MutationSetUpInCrmArgs, context: Context) =>
      setUpInCrm(context, input),
    takeBackInCrm: (_root: unknown, { input }: MutationTakeBackInCrmArgs, context: Context) =>
      takeBackInCrm(context, input),
  },
};
