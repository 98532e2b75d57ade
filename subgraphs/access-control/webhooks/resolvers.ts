import { parseUuid } from '../../../shared/input/parse-input';
import { parsePage } from '../../../shared/pagination/connection';
import type { Context } from '../context';
import type {
  MutationCreateWebhookSubscriptionArgs,
  MutationDeleteWebhookSubscriptionArgs,
  MutationRotateWebhookSecretArgs,
  MutationSendTestWebhookArgs,
  MutationUpdateWebhookSubscriptionArgs,
  QueryWebhookSubscriptionArgs,
  QueryWebhookSubscriptionsArgs,
} from '../graphql.generated';
import {
  deleteWebhookSubscription,
  rotateWebhookSecret,
  updateWebhookSubscription,
} from './change-webhook-subscription';
import { createWebhookSubscription } from './create-webhook-subscription';
import type { WebhookAnswer } from './post-webhook';
import { sendTestWebhook } from './send-test-webhook';
import { findWebhook, listWebhooks } from './webhook-store';
import type { WebhookSubscription } from './webhook-subscription.entity';

export const webhookResolvers = {
  Query: {
    webhookSubscription: (_root: unknown, { id }: QueryWebhookSubscriptionArgs, { database }: Context) =>
      findWebhook(database, parseUuid(id, 'id')),
    webhookSubscriptions(_root: unknown, args: QueryWebhookSubscriptionsArgs, { database }: Context) {
      const tenantId = args.tenantId ? parseUuid(args.tenantId, 'tenantId') : null;
      return listWebhooks(database, parsePage(args), tenantId);
    },
  },
  Mutation: {
    createWebhookSubscription: (
      _root: unknown,
      { input }: MutationCreateWebhookSubscriptionArgs,
      context: Context,
    ) => createWebhookSubscription(context, input),
    updateWebhookSubscription: (
      _root: unknown,
      { id, input }: MutationUpdateWebhookSubscriptionArgs,
      context: Context,
    ) => updateWebhookSubscription(context, id, input),
    rotateWebhookSecret: (_root: unknown, { id }: MutationRotateWebhookSecretArgs, context: Context) =>
      rotateWebhookSecret(context, id),
    deleteWebhookSubscription: (
      _root: unknown,
      { id }: MutationDeleteWebhookSubscriptionArgs,
      context: Context,
    ) => deleteWebhookSubscription(context, id),
    sendTestWebhook: (_root: unknown, { id }: MutationSendTestWebhookArgs, context: Context) =>
      sendTestWebhook(context, id),
  },
  WebhookSubscription: {
    tenant: ({ tenantId }: WebhookSubscription, _args: unknown, { tenants }: Context) =>
      tenantId === null ? null : tenants.findById(tenantId),
  },
  WebhookTest: {
    wasTaken: ({ failure }: WebhookAnswer) => failure === null,
  },
};
