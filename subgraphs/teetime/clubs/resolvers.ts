import { type AskedOf, askedFields } from '../../../shared/graphql/asked-fields';
import { exactlyOneArgument } from '../../../shared/graphql/exactly-one-argument';
import { parseInput, parseKey, parseUuid } from '../../../shared/input/parse-input';
import { emptyConnection, parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationCreateClubArgs,
  MutationMoveClubArgs,
  MutationUpdateClubArgs,
  QueryClubArgs,
  QueryClubsArgs,
} from '../graphql.generated';
import type { Club } from './club.entity';
import { ClubFilterRules } from './club-input';
import { createClub } from './create-club';
import { moveClub } from './move-club';
import { updateClub } from './update-club';

/** A tenant as the gateway hands it over, with what `Tenant.clubs` requires. */
interface TenantReference {
  id: string;
  registry?: { teeTimeEnabled: boolean } | null;
}

export const clubResolvers = {
  Query: {
    club(_root: unknown, args: QueryClubArgs, { clubs }: Context) {
      const [key, value] = exactlyOneArgument(args, ['id', 'clubCode']);
      return key === 'id'
        ? clubs.findById(parseUuid(value, 'id'))
        : clubs.findByClubCode(parseKey(value, 'clubCode'));
    },
    async clubs(_root: unknown, args: QueryClubsArgs, { clubs, isServed }: Context) {
      const { tenantId, text } = parseInput(ClubFilterRules, args.filter ?? {}, 'filter');
      const page = parsePage(args);
      if (tenantId && !(await isServed({ id: tenantId.toLowerCase() }))) return emptyConnection<Club>();
      return clubs.list(page, { tenantId, text, status: args.filter?.status });
    },
  },
  Mutation: {
    createClub: (_root: unknown, { input }: MutationCreateClubArgs, context: Context) =>
      createClub(context, input),
    updateClub: (_root: unknown, { id, input }: MutationUpdateClubArgs, context: Context) =>
      updateClub(context, id, input),
    moveClub: (_root: unknown, { id, tenantId }: MutationMoveClubArgs, context: Context) =>
      moveClub(context, { clubId: parseUuid(id, 'id'), tenantId: parseUuid(tenantId, 'tenantId') }),
  },
  Club: {
    /** Other subgraphs name a club by its id or its code; one that does not exist answers `null`. */
    __resolveReference(reference: { id?: string; clubCode?: string }, { clubs }: Context) {
      if (reference.id !== undefined) return clubs.findById(parseUuid(reference.id, 'id'));
      return clubs.findByClubCode(parseKey(reference.clubCode ?? '', 'clubCode'));
    },
    tenant: ({ tenantId }: Club) => ({ id: tenantId }),
  },
  Tenant: {
    /** A tenant without a registry entry goes on by its UUID, which a club holds itself. */
    clubs: ({ id, registry }: TenantReference, _args: unknown, { clubs }: Context, info: AskedOf) =>
      registry?.teeTimeEnabled === false ? [] : clubs.listByTenantId(parseUuid(id, 'id'), askedFields(info)),
  },
};
