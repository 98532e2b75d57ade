import { parseUuid } from '../../../shared/input/parse-input';
import type { Context } from '../context';
import type {
  MutationCreateSclClubArgs,
  MutationUpdateSclClubArgs,
  QuerySclClubArgs,
} from '../graphql.generated';
import { createSclClub } from './create-scl-club';
import type { SclClub } from './scl-club.entity';
import { updateSclClub } from './update-scl-club';

export const sclClubResolvers = {
  Query: {
    sclClub: (_root: unknown, { id }: QuerySclClubArgs, { sclClubs }: Context) =>
      sclClubs.findById(parseUuid(id, 'id')),
  },
  Mutation: {
    createSclClub: (_root: unknown, { input }: MutationCreateSclClubArgs, context: Context) =>
      createSclClub(context, input),
    updateSclClub: (_root: unknown, { id, input }: MutationUpdateSclClubArgs, context: Context) =>
      updateSclClub(context, id, input),
  },
  SclClub: {
    __resolveReference: ({ id }: { id: string }, { sclClubs }: Context) =>
      sclClubs.findById(parseUuid(id, 'id')),
    sclTenant: ({ sclTenantId }: SclClub, _args: unknown, { sclTenants }: Context) =>
      sclTenants.findById(sclTenantId),
  },
  SclTenant: {
    clubs: ({ id }: { id: string }, _args: unknown, { sclClubs }: Context) => sclClubs.listBySclTenantId(id),
  },
};
