import { JSONObjectResolver } from 'graphql-scalars';
import { parseKey, parseUuid } from '../../../shared/input/parse-input';
import { parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationReplayDeadLettersArgs,
  QueryDeadLettersArgs,
  QueryEventConsumersArgs,
} from '../graphql.generated';
import { listConsumerLag } from './consumer-lag';
import { listDeadLetters } from './dead-letters';
import { replayDeadLetters } from './replay-dead-letters';

export const eventResolvers = {
  JSONObject: JSONObjectResolver,
  Query: {
    deadLetters(_root: unknown, args: QueryDeadLettersArgs, { database }: Context) {
      const { consumer, tenantId } = args.filter ?? {};
      return listDeadLetters(database, parsePage(args), {
        consumer: consumer ? parseKey(consumer, 'filter.consumer') : null,
        tenantId: tenantId ? parseUuid(tenantId, 'filter.tenantId') : null,
      });
    },
    eventConsumers: (_root: unknown, args: QueryEventConsumersArgs, context: Context) =>
      listConsumerLag(context, parsePage(args)),
  },
  Mutation: {
    replayDeadLetters: (_root: unknown, { ids }: MutationReplayDeadLettersArgs, context: Context) =>
      replayDeadLetters(context, ids),
  },
};
