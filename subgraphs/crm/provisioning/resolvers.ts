import type { Context } from '../context';
import type { MutationSetUpInCrmArgs } from '../graphql.generated';
import { setUpInCrm } from './set-up-in-crm';

export const provisioningResolvers = {
  Mutation: {
    setUpInCrm: (_root: unknown, { input }: MutationSetUpInCrmArgs, context: Context) =>
      setUpInCrm(context, input),
  },
};
